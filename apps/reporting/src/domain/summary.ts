import type {
  ActionPlan,
  ActionResult,
  Anomaly,
  BudgetStatus,
  CostFact,
  CoverageEntry,
  Recommendation,
  TaskInput,
} from '@trimtab/contracts';
import { approximate, compareMoney, sumMoney } from '@trimtab/kernel';
import type { Money } from '@trimtab/kernel';
import type { DailySpend } from './daily-spend.js';
import { dailySpend } from './daily-spend.js';

/** What a report says, before it has a format. Money first, then what to decide, then why to believe it. */
export interface Summary {
  readonly title: string;
  readonly runId: string;
  readonly mode: 'dry-run' | 'live';
  readonly createdAt: string;
  readonly spend: DailySpend | null;
  readonly savings: {
    readonly count: number;
    readonly net: Money;
    readonly list: Money;
    /** Net saving ÷ effective cost of the last 30 days; null without costs. */
    readonly share: number | null;
    readonly byCheck: readonly CheckTotal[];
    readonly byRisk: readonly { readonly risk: string; readonly count: number; readonly net: Money }[];
    readonly top: readonly Recommendation[];
  };
  readonly anomalies: readonly Anomaly[];
  readonly anomalyImpact: Money;
  readonly budgets: readonly BudgetStatus[];
  readonly budgetsAtRisk: number;
  readonly plan: {
    readonly actions: number;
    readonly monthlySavings: Money;
    readonly excluded: number;
    readonly digest: string;
  } | null;
  readonly actions: readonly { readonly status: string; readonly count: number }[];
  readonly decisions: readonly string[];
  readonly coverage: { readonly scanned: number; readonly incomplete: readonly CoverageEntry[] };
  readonly resources: readonly { readonly service: string; readonly count: number }[];
  readonly failedTasks: readonly { readonly taskId: string; readonly message: string }[];
  /** What the reader must know about the figures. */
  readonly remarks: readonly string[];
}

export interface CheckTotal {
  readonly checkId: string;
  readonly title: string;
  readonly count: number;
  readonly net: Money;
}

export interface Material {
  readonly input: TaskInput<'reporting.compile'>;
  readonly costs: readonly CostFact[];
  readonly recommendations: readonly Recommendation[];
  readonly plan: ActionPlan | null;
  readonly results: readonly ActionResult[];
}

const TOP = 10;
const AT_RISK = new Set(['warning', 'forecast-exceeded', 'exceeded']);

export function summarise(material: Material): Summary {
  const { input, costs, recommendations, plan, results } = material;
  const spend = dailySpend(costs) ?? null;
  const currency = spend?.last30.currency ?? recommendations[0]?.monthlySavingsNet.currency ?? 'USD';
  const incomplete = input.coverage.filter(
    (entry) => entry.status === 'failed' || entry.status === 'partial',
  );
  const summary = {
    title: 'Cloud cost summary',
    runId: input.runId,
    mode: input.mode,
    createdAt: input.asOf,
    spend,
    savings: savingsOf(recommendations, spend, currency),
    anomalies: [...input.anomalies].sort((a, b) => compareMoney(b.impact, a.impact)),
    anomalyImpact: sumMoney(
      input.anomalies.map((one) => one.impact),
      currency,
    ),
    budgets: input.budgets,
    budgetsAtRisk: input.budgets.filter((one) => AT_RISK.has(one.status)).length,
    plan: planTotals(plan),
    actions: statusCounts(results),
    coverage: { scanned: input.coverage.length - incomplete.length, incomplete },
    resources: Object.entries(input.resourceCounts).map(([service, count]) => ({
      service,
      count: count ?? 0,
    })),
    failedTasks: input.failedTasks,
    remarks: remarksOf(input, recommendations),
  };
  return { ...summary, decisions: decisionsOf(summary) };
}

function savingsOf(
  all: readonly Recommendation[],
  spend: DailySpend | null,
  currency: string,
): Summary['savings'] {
  const net = netOf(all, currency);
  return {
    count: all.length,
    net,
    list: sumMoney(
      all.map((one) => one.monthlySavingsList),
      currency,
    ),
    share: spend && approximate(spend.last30) > 0 ? approximate(net) / approximate(spend.last30) : null,
    byCheck: checkTotals(all, currency),
    byRisk: riskTotals(all, currency),
    top: [...all].sort((a, b) => compareMoney(b.monthlySavingsNet, a.monthlySavingsNet)).slice(0, TOP),
  };
}

const netOf = (some: readonly Recommendation[], currency: string): Money =>
  sumMoney(
    some.map((one) => one.monthlySavingsNet),
    currency,
  );

const planTotals = (plan: ActionPlan | null): Summary['plan'] =>
  plan && {
    actions: plan.actions.length,
    monthlySavings: plan.monthlySavings,
    excluded: plan.excluded.length,
    digest: plan.digest,
  };

function checkTotals(recommendations: readonly Recommendation[], currency: string): CheckTotal[] {
  const ids = [...new Set(recommendations.map((one) => one.checkId))];
  const totals = ids.map((checkId) => {
    const some = recommendations.filter((one) => one.checkId === checkId);
    return {
      checkId,
      title: some[0]?.title ?? checkId,
      count: some.length,
      net: netOf(some, currency),
    };
  });
  return totals.sort((a, b) => compareMoney(b.net, a.net));
}

function riskTotals(
  recommendations: readonly Recommendation[],
  currency: string,
): Summary['savings']['byRisk'] {
  return (['L', 'M', 'H', 'X'] as const).flatMap((risk) => {
    const some = recommendations.filter((one) => one.risk === risk);
    return some.length === 0
      ? []
      : [
          {
            risk,
            count: some.length,
            net: netOf(some, currency),
          },
        ];
  });
}

function statusCounts(results: readonly ActionResult[]): { status: string; count: number }[] {
  const counts = new Map<string, number>();
  for (const { status } of results) counts.set(status, (counts.get(status) ?? 0) + 1);
  return [...counts].map(([status, count]) => ({ status, count }));
}

/** What a person has to decide now, most money first. */
function decisionsOf(summary: Omit<Summary, 'decisions'>): string[] {
  const { plan, mode, anomalies, budgets, coverage } = summary;
  const planned = plan && mode === 'dry-run' && plan.actions > 0 ? ['approve-plan'] : [];
  return [
    ...planned,
    ...anomalies.filter((one) => one.status === 'open').map((one) => `anomaly:${one.id}`),
    ...budgets.filter((one) => AT_RISK.has(one.status)).map((one) => `budget:${one.id}`),
    ...(coverage.incomplete.length > 0 ? ['coverage'] : []),
  ];
}

function remarksOf(input: Material['input'], recommendations: readonly Recommendation[]): string[] {
  const listOnly = recommendations.filter((one) => one.rateSource === 'list').length;
  return [
    'Savings are estimates per month of 730 hours; what was realised is known only after the next bills.',
    'Net savings use the effective rate of the bill, list savings the public price.',
    ...(listOnly > 0
      ? [`${listOnly} recommendations are priced at list, because the bill has no such usage.`]
      : []),
    ...(input.mode === 'dry-run' ? ['This was a dry run: nothing in the cloud accounts was changed.'] : []),
  ];
}
