import type { OptimizationSettings, Recommendation, Resource } from '@trimtab/contracts';
import { AppError, approximate, roundMoney } from '@trimtab/kernel';
import type { Check, Found, Limits } from './check.js';
import { deduplicate } from './deduplicate.js';
import { exemption } from './exemptions.js';
import type { Facts } from './facts.js';

export interface Findings {
  readonly recommendations: readonly Recommendation[];
  /** Resources by check and reason that no verdict was possible for. */
  readonly undecided: readonly { checkId: string; resources: number; reason: string }[];
}

/** Every check over every resource, de-duplicated, largest net saving first. */
export function recommend(
  catalogue: readonly Check[],
  facts: Facts,
  settings: OptimizationSettings,
): Findings {
  refuseUnknown(catalogue, settings);
  const candidates: Candidate[] = [];
  const open = new Map<string, { checkId: string; resources: number; reason: string }>();
  for (const check of catalogue) {
    if (settings.disabledChecks.includes(check.id)) continue;
    for (const resource of facts.all(check.resourceType)) {
      if (exemption(resource, settings.exemptTag, facts.asOf)) continue;
      const limits = limitsOf(check, resource.region, settings);
      if (check.concerns?.(resource, facts, limits) === false) continue;
      const verdict = check.judge(resource, facts, limits);
      if (verdict.kind === 'found')
        candidates.push({ check, resource, recommendation: describe(check, resource, verdict) });
      if (verdict.kind === 'undecided') count(open, check.id, verdict.reason);
    }
  }
  const worthwhile = deduplicate(candidates, facts).filter(
    (one) => approximate(one.monthlySavingsNet) >= settings.minimumMonthlySavings,
  );
  return { recommendations: worthwhile.sort(byNetSaving), undecided: [...open.values()] };
}

export interface Candidate {
  readonly check: Check;
  readonly resource: Resource;
  readonly recommendation: Recommendation;
}

/** Defaults of the check, then the configuration's, then the region's. */
export function limitsOf(
  check: Check,
  region: string,
  { thresholds, regions }: OptimizationSettings,
): Limits<string> {
  return { ...check.limits, ...thresholds[check.id], ...regions[region]?.[check.id] };
}

/** A misspelt check or threshold must not be ignored: it would quietly change nothing. */
function refuseUnknown(catalogue: readonly Check[], settings: OptimizationSettings): void {
  const known = new Map(catalogue.map((check) => [check.id, Object.keys(check.limits)]));
  const given = [settings.thresholds, ...Object.values(settings.regions)].flatMap(Object.entries);
  const ids = [...settings.disabledChecks, ...given.map(([id]) => id)].filter((id) => !known.has(id));
  const names = given.flatMap(([id, limits]) =>
    Object.keys(limits)
      .filter((name) => known.get(id)?.includes(name) === false)
      .map((name) => `${id}.${name}`),
  );
  const unknown = [...ids, ...names];
  if (unknown.length === 0) return;
  throw new AppError(
    'optimization.unknown-threshold',
    `The configuration names what no check has: ${unknown.join(', ')}.`,
    { details: { unknown } },
  );
}

function describe(check: Check, resource: Resource, verdict: Found): Recommendation {
  const { arn, id, type, accountId, region, name, tags } = resource;
  return {
    id: `${check.id}:${arn}`,
    checkId: check.id,
    title: check.title,
    resource: { arn, id, type, accountId, region, ...(name === undefined ? {} : { name }), tags },
    action: verdict.action,
    risk: verdict.action.kind === 'advice' ? 'X' : check.risk,
    monthlySavingsList: roundMoney(verdict.saving.list),
    monthlySavingsNet: roundMoney(verdict.saving.net),
    rateSource: verdict.saving.rateSource,
    formula: verdict.saving.formula || 'no usage is priced: the saving counts as zero',
    evidence: [...verdict.evidence],
    confidence: verdict.confidence,
    notes: [...verdict.notes],
    supersedes: [],
  };
}

function count(
  open: Map<string, { checkId: string; resources: number; reason: string }>,
  checkId: string,
  reason: string,
): void {
  const key = `${checkId}|${reason}`;
  const entry = open.get(key) ?? { checkId, resources: 0, reason };
  open.set(key, { ...entry, resources: entry.resources + 1 });
}

const byNetSaving = (a: Recommendation, b: Recommendation): number =>
  approximate(b.monthlySavingsNet) - approximate(a.monthlySavingsNet) || (a.id < b.id ? -1 : 1);
