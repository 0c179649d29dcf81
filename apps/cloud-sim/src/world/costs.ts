import { planAnomalies } from './anomalies.js';
import type { AnomalyPlan } from './anomalies.js';
import { DEVELOPMENT } from './company.js';
import { costLines } from './cost-lines.js';
import type { CostLine } from './ledger.js';
import { DAY } from './draft.js';
import type { Draft } from './draft.js';
import { usd } from './prices.js';
import { hashText, unit } from './random.js';
import type { CostRow } from './world.js';

export const COST_DAYS = 120;
const GROWTH_PER_DAY = 0.0004;
const NOISE = 0.012;
const TAX_RATE = 0.06;

/** Weekday factors from Sunday on. */
const WEEK: Record<CostLine['shape'], readonly number[]> = {
  flat: [1, 1, 1, 1, 1, 1, 1],
  office: [0.92, 1, 1, 1, 1, 1, 0.92],
  traffic: [0.8, 1, 1.02, 1.03, 1.01, 0.97, 0.84],
};

/** Adds the daily bill, its three anomalies and the budget that this month's forecast exceeds. */
export function addCosts(draft: Draft): void {
  const firstDay = Math.floor(draft.now / DAY) - COST_DAYS;
  const label = (index: number) => new Date((firstDay + index) * DAY).toISOString().slice(0, 10);
  const plans = planAnomalies(draft, COST_DAYS, label);
  const totals = plans.map(() => 0);
  const lines = costLines(draft).map((line) => ({
    line,
    plan: planOf(plans, line),
    seed: seedOf(draft, line),
  }));
  for (let index = 0; index < COST_DAYS; index += 1) {
    const weekday = (firstDay + index + 4) % 7;
    const day = label(index);
    if (day.endsWith('-01')) draft.costs.push(...taxRows(draft, day));
    for (const { line, plan, seed } of lines) {
      const factor = dayFactor(line, seed, index, weekday);
      const usual = line.listUsd * factor;
      const extra = plan < 0 ? 0 : (plans[plan]?.extra(index, usual) ?? 0);
      if (plan >= 0) totals[plan] = (totals[plan] ?? 0) + extra;
      draft.costs.push(row(line, day, usual + extra));
    }
  }
  plans.forEach(({ anomaly }, i) =>
    draft.truth.anomalies.push({ ...anomaly, extraUsd: Math.round((totals[i] ?? 0) * 100) / 100 }),
  );
  draft.truth.budget = planBudget(draft);
}

const planOf = (plans: AnomalyPlan[], line: CostLine) =>
  plans.findIndex(
    ({ anomaly }) =>
      anomaly.accountId === line.accountId &&
      anomaly.region === line.region &&
      anomaly.usageType === line.usageType &&
      anomaly.service === line.service,
  );

const seedOf = (draft: Draft, line: CostLine) =>
  hashText(draft.seed, [line.accountId, line.region, line.service, line.usageType].join('|'));

function dayFactor(line: CostLine, seed: number, index: number, weekday: number): number {
  const growth = Math.exp(GROWTH_PER_DAY * (index - COST_DAYS + 1));
  const noise = 1 + NOISE * (unit(seed, index) + unit(seed, index + 1000) - 1);
  return growth * noise * (WEEK[line.shape][weekday] ?? 1);
}

function row(line: CostLine, day: string, cost: number): CostRow {
  return {
    day,
    accountId: line.accountId,
    region: line.region,
    service: line.service,
    usageType: line.usageType,
    usageQuantity: line.listUsd > 0 ? (line.quantity * cost) / line.listUsd : 0,
    usageUnit: line.unit,
    unblendedCost: usd(cost),
    amortizedCost: usd(cost * line.effective),
    recordType: 'Usage',
  };
}

/** Tax of the month before, charged once on the first day. */
function taxRows(draft: Draft, day: string): CostRow[] {
  return draft.accounts.map(({ id }) => {
    const month = draft.costs
      .filter((cost) => cost.accountId === id && cost.recordType === 'Usage')
      .slice(-6000);
    const days = new Set(month.map((cost) => cost.day)).size || 1;
    const amount = usd((sum(month) / days) * 30 * TAX_RATE);
    return {
      day,
      accountId: id,
      region: 'NoRegion',
      service: 'Tax',
      usageType: 'Tax',
      usageQuantity: 1,
      usageUnit: 'Tax',
      unblendedCost: amount,
      amortizedCost: amount,
      recordType: 'Tax' as const,
    };
  });
}

const sum = (rows: readonly CostRow[]) => rows.reduce((total, cost) => total + Number(cost.unblendedCost), 0);

/** 85 % of what the development account will spend this month if the last week goes on. */
function planBudget(draft: Draft) {
  const usage = draft.costs.filter(
    (cost) => cost.accountId === DEVELOPMENT.id && cost.recordType === 'Usage',
  );
  const today = new Date(Math.floor(draft.now / DAY) * DAY);
  const month = today.toISOString().slice(0, 7);
  const lastWeek = new Date(today.getTime() - 7 * DAY).toISOString().slice(0, 10);
  const remaining = Date.UTC(today.getUTCFullYear(), today.getUTCMonth() + 1, 1) - today.getTime();
  const spent = sum(usage.filter((cost) => cost.day.startsWith(month)));
  const perDay = sum(usage.filter((cost) => cost.day >= lastWeek)) / 7;
  const projected = spent + (perDay * remaining) / DAY;
  return {
    name: 'development-monthly',
    accountId: DEVELOPMENT.id,
    monthlyLimitUsd: String(Math.floor((projected * 0.85) / 50) * 50),
    willExceed: true,
  };
}
