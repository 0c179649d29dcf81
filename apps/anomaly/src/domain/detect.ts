import type { Anomaly, AnomalySettings, CostFact } from '@trimtab/contracts';
import { approximate, money, roundMoney, subtractMoney, sumMoney } from '@trimtab/kernel';
import type { AnomalyEvent, DetectionOptions } from '@trimtab/timeseries';
import { addDays, daysBetween, detectAnomalies } from '@trimtab/timeseries';
import type { CostCube, CubeScope } from './cost-cube.js';
import { costCube } from './cost-cube.js';
import { rootCauses } from './root-cause.js';
import { severityOf } from './severity.js';

export interface Detection {
  readonly anomalies: readonly Anomaly[];
  readonly scopes: number;
  readonly days: number;
  /** Events that end before this day are not scored. */
  readonly windowStart: string;
}

/** Anomalies of the daily effective cost per (account, service) that touch the scoring window, largest first. */
export function detect(facts: readonly CostFact[], settings: AnomalySettings, asOf: string): Detection {
  const cube = costCube(facts, asOf);
  const options: Partial<DetectionOptions> = {
    z: settings.minimumScore,
    floor: { absolute: settings.minimumImpact, relative: settings.minimumImpactShare },
  };
  const windowStart = addDays(cube.firstDay, cube.days - settings.windowDays);
  const anomalies = cube.scopes.flatMap((scope) =>
    detectAnomalies({ start: cube.firstDay, values: scope.costs }, options)
      .filter((event) => event.endDay >= windowStart)
      .map((event) => anomalyOf(cube, scope, event, options)),
  );
  anomalies.sort((a, b) => approximate(b.impact) - approximate(a.impact));
  return { anomalies, scopes: cube.scopes.length, days: cube.days, windowStart };
}

function anomalyOf(
  cube: CostCube,
  scope: CubeScope,
  event: AnomalyEvent,
  options: Partial<DetectionOptions>,
): Anomaly {
  const { accountId, service, currency } = scope;
  const inEvent = scope.leaves
    .flatMap((leaf) => leaf.facts)
    .filter((fact) => fact.day >= event.startDay && fact.day <= event.endDay);
  const actual = sumMoney(
    inEvent.map((fact) => money(fact.effectiveCost, currency)),
    currency,
  );
  const expected = roundMoney(money(event.expected, currency));
  const dailyImpact = Array.from(
    scope.costs.subarray(event.start, event.end + 1),
    (cost, i) => cost - (event.expectedByDay[i] ?? 0),
  );
  return {
    id: anomalyId(accountId, service, event.startDay),
    scope: { accountId, service },
    kind: event.kind,
    status: event.state === 'open' ? 'open' : 'closed',
    severity: severityOf(dailyImpact, event.state === 'open', addDays(cube.firstDay, cube.days - 1)),
    period: { start: event.startDay, end: addDays(event.endDay, 1) },
    expected,
    actual,
    impact: subtractMoney(actual, expected),
    score: Math.round(event.score * 100) / 100,
    cause: rootCauses(scope, event, options),
  };
}

/** Account, service and first day, in characters that a message subject may hold. */
export const anomalyId = (accountId: string, service: string, day: string): string =>
  [accountId, service, day].map((part) => part.toLowerCase().replace(/[^a-z0-9]+/g, '-')).join('-');

/** Whether two anomalies are the same incident: the same scope, at most one normal day between them. */
export function isSameIncident(a: Anomaly, b: Anomaly): boolean {
  const sameScope = a.scope.accountId === b.scope.accountId && a.scope.service === b.scope.service;
  const [first, second] = a.period.start <= b.period.start ? [a, b] : [b, a];
  return (
    sameScope &&
    a.impact.currency === b.impact.currency &&
    daysBetween(first.period.end, second.period.start) <= 1
  );
}
