import type { Reply, TrimtabClient } from '@trimtab/client';
import type { DemoResult, RecommendationView, RunDetail } from '@trimtab/contracts';
import { DemoResult as DemoResultSchema } from '@trimtab/contracts';
import { compareMoney, sumMoney } from '@trimtab/kernel';
import type { Money } from '@trimtab/kernel';
import { causeOf, duration, money, period, status } from '../output/format.js';
import { table } from '../output/table.js';
import { paint, screenColumns } from '../output/terminal.js';
import { wrapTo } from '../output/width.js';

const ALL = 1000;

function byCheck(
  items: readonly { checkId: string; monthlySavingsNet: Money }[],
): Record<string, { count: number; monthlySavings: Money }> {
  const groups: Record<string, { count: number; monthlySavings: Money }> = {};
  for (const { checkId, monthlySavingsNet } of items) {
    const before = groups[checkId];
    const amounts = before ? [before.monthlySavings, monthlySavingsNet] : [monthlySavingsNet];
    groups[checkId] = {
      count: (before?.count ?? 0) + 1,
      monthlySavings: sumMoney(amounts, monthlySavingsNet.currency),
    };
  }
  return groups;
}

/** The result of a run as the one JSON document of `demo --once --json` and `run --json`. */
export async function runResult(client: TrimtabClient, run: RunDetail): Promise<DemoResult> {
  const query = { runId: run.id, limit: ALL };
  const [inventory, recommendations, anomalies, budgets, actions, reports] = await Promise.all([
    client.call('runInventory', { params: { runId: run.id } }),
    client.call('listRecommendations', { query }),
    client.call('listAnomalies', { query }),
    client.call('showBudgets', { query: { runId: run.id } }),
    client.call('listActions', { query }),
    client.call('listReports', { query: { runId: run.id } }),
  ]);
  const { accounts, regions, services, resources, coverage } = inventory;
  const failed = coverage.filter((entry) => entry.status === 'failed');
  return DemoResultSchema.parse({
    run: { id: run.id, status: run.status, durationMs: run.durationMs, tasks: run.tasks },
    inventory: { accounts, regions, services, resources },
    coverage: { scanned: coverage.length - failed.length, failed: failed.length },
    recommendations: totals(recommendations.items),
    anomalies: anomalies.items,
    budgets: budgets.items,
    plan: { mode: actions.items[0]?.mode ?? 'dry-run', actions: actions.items.length },
    reports: addresses(client.baseUrl, run.id, reports.items[0]?.formats ?? []),
  });
}

function totals(items: readonly RecommendationView[]): DemoResult['recommendations'] {
  const currency = items[0]?.monthlySavingsNet.currency ?? 'USD';
  const amounts = items.map((one) => one.monthlySavingsNet);
  return {
    count: items.length,
    monthlySavings: sumMoney(amounts, currency).amount,
    currency,
    byCheck: byCheck(items),
  };
}

function addresses(baseUrl: string, runId: string, made: readonly string[]): DemoResult['reports'] {
  const of = (format: string): string | null =>
    made.includes(format) ? `${baseUrl}/api/v1/reports/${runId}/${format}` : null;
  return { html: of('html'), markdown: of('markdown'), json: of('json') };
}

const TOP_CHECKS = 8;
const TOP_SAVINGS = 5;

/** What the summary shows beyond the result: spend, and the largest savings with their evidence. */
export interface Highlights {
  readonly spend: Reply<'showSpend'>;
  readonly top: readonly RecommendationView[];
  /** What each check is about. */
  readonly titles: ReadonlyMap<string, string>;
}

export async function highlights(client: TrimtabClient, runId: string): Promise<Highlights> {
  const [spend, { items }] = await Promise.all([
    client.call('showSpend', {}),
    client.call('listRecommendations', { query: { runId, limit: ALL } }),
  ]);
  const titles = new Map(items.map(({ checkId, title }) => [checkId, title]));
  return { spend, top: items.slice(0, TOP_SAVINGS), titles };
}

/** The summary that a person reads after a run: money first. */
export function summaryText(result: DemoResult, run: RunDetail, { spend, top, titles }: Highlights): string {
  const { recommendations, inventory, coverage, plan } = result;
  const total = { amount: recommendations.monthlySavings, currency: recommendations.currency };
  const places = `${inventory.accounts} accounts, ${inventory.regions} regions, ${inventory.services} services`;
  const missed = coverage.failed > 0 ? paint.yellow(` (${coverage.failed} scopes could not be scanned)`) : '';
  return [
    '',
    `${paint.bold(run.workflow)} ${status(run.status)} in ${duration(run.durationMs)}`,
    ...(run.error ? [`  ${paint.red('error')}     ${run.error.message}`] : []),
    `  scanned   ${inventory.resources} resources in ${places}${missed}`,
    ...(spend?.last30Days ?? []).map((amount) => `  spend     ${money(amount)} in the last 30 days`),
    `  waste     ${paint.bold(paint.green(money(total)))} a month in ${recommendations.count} recommendations`,
    `  plan      ${plan.actions} actions (${plan.mode})`,
    '',
    ...checksTable(recommendations.byCheck, titles),
    '',
    ...top.map(savingLine),
    '',
    ...result.anomalies.map(anomalyLine),
    ...result.budgets.filter((one) => one.limit !== null).map(budgetLine),
    '',
    `  reports   ${result.reports.html ?? 'none'}`,
  ].join('\n');
}

function checksTable(
  totals: DemoResult['recommendations']['byCheck'],
  titles: ReadonlyMap<string, string>,
): string[] {
  const checks = Object.entries(totals).sort(([, a], [, b]) =>
    compareMoney(b.monthlySavings, a.monthlySavings),
  );
  const more = checks.length - TOP_CHECKS;
  const shown = table(
    checks.slice(0, TOP_CHECKS),
    [
      { title: '  CHECK', value: ([id]) => `  ${id}` },
      { title: 'COUNT', value: ([, one]) => String(one.count), align: 'right' },
      { title: 'NET/MONTH', value: ([, one]) => money(one.monthlySavings), align: 'right' },
      { title: 'WHAT', value: ([id]) => titles.get(id) ?? '' },
    ],
    '  no waste found',
  );
  return more > 0 ? [shown, paint.dim(`  and ${more} more checks`)] : [shown];
}

function savingLine(one: RecommendationView): string {
  const facts = one.evidence
    .slice(0, 2)
    .map(({ name, value, unit }) => `${name} ${value}${unit && unit !== 'Count' ? ` ${unit}` : ''}`);
  const where = `${one.resource.id} (${one.resource.region}): ${facts.join(', ')}`;
  return `  saving    ${money(one.monthlySavingsNet)} ${one.title}\n${below(where)}`;
}

const MARGIN = '            ';

/** What stands below a line, wrapped to the screen. */
const below = (text: string): string =>
  wrapTo(text, (screenColumns() ?? Infinity) - MARGIN.length)
    .map((line) => MARGIN + paint.dim(line))
    .join('\n');

type Found = DemoResult['anomalies'][number];
type Limit = DemoResult['budgets'][number];

/** What is odd, and below it when and why. */
function anomalyLine(one: Found): string {
  const what = `${one.scope.service} in ${one.scope.accountId}: ${money(one.actual)} instead of ${money(one.expected)}`;
  return `  ${paint.yellow('anomaly')}   ${what}\n${below(`${period(one.period)}, because of ${causeOf(one)}`)}`;
}

const budgetLine = (one: Limit): string =>
  `  budget    ${one.name}: ${money(one.actual)} of ${money(one.limit)}, forecast ${money(one.forecast)}, ${status(one.status)}`;
