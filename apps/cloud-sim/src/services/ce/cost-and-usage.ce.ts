import Big from 'big.js';
import type { Call } from '../../simulation.js';
import type { CostRow } from '../../world/world.js';
import type { Expression, TimePeriod } from './cost-rows.ce.js';
import { checkPeriod, dimensionOf, selectRows, validation } from './cost-rows.ce.js';
import { compare, pageByOffset } from '../page.js';

interface CostInput {
  readonly TimePeriod?: TimePeriod;
  readonly Granularity?: string;
  readonly Metrics?: readonly string[];
  readonly Filter?: Expression;
  readonly GroupBy?: readonly { readonly Type?: string; readonly Key?: string }[];
  readonly NextPageToken?: string;
}

/** Rows of an answer per page, a row being one group of one period. */
const pageSize = 2000;

/** What is added up. The company has no private discounts, so net equals gross. */
const metrics: Readonly<Record<string, (row: CostRow) => string>> = {
  UnblendedCost: (row) => row.unblendedCost,
  NetUnblendedCost: (row) => row.unblendedCost,
  BlendedCost: (row) => row.unblendedCost,
  AmortizedCost: (row) => row.amortizedCost,
  NetAmortizedCost: (row) => row.amortizedCost,
  UsageQuantity: (row) => String(row.usageQuantity),
};

interface Group {
  readonly keys: readonly string[];
  readonly rows: CostRow[];
}

interface Period {
  readonly start: string;
  readonly end: string;
  readonly groups: Map<string, Group>;
}

export function getCostAndUsage(call: Call, input: CostInput) {
  const names = checkMetrics(input.Metrics);
  const groupBy = checkGroups(input.GroupBy);
  const periods = splitPeriod(input);
  fill(periods, selectRows(call, input.TimePeriod, input.Filter), groupBy);
  const lines = periods.flatMap((period) => linesOf(period, groupBy.length > 0));
  const page = pageByOffset(lines, {
    token: input.NextPageToken,
    size: pageSize,
    badToken: 'InvalidNextTokenException',
  });
  const shown = new Set(page.items.map((line) => line.period));
  const ResultsByTime = [...shown].map((period) => ({
    TimePeriod: { Start: period.start, End: period.end },
    Estimated: isEstimated(call, period),
    ...amounts(
      page.items.filter((line) => line.period === period),
      names,
      groupBy.length > 0,
    ),
  }));
  const GroupDefinitions = input.GroupBy?.map(({ Type, Key }) => ({ Type, Key }));
  return { GroupDefinitions, ResultsByTime, DimensionValueAttributes: [], NextPageToken: page.next };
}

function checkMetrics(names: readonly string[] = []): readonly string[] {
  const unknown = names.find((name) => !Object.hasOwn(metrics, name));
  if (unknown)
    throw validation(`Metric ${unknown} is not simulated; use ${Object.keys(metrics).join(', ')}.`);
  if (names.length === 0) throw validation('Metrics must name at least one metric.');
  return names;
}

function checkGroups(groupBy: CostInput['GroupBy'] = []): ((row: CostRow) => string)[] {
  if (groupBy.length > 2) throw validation('GroupBy takes at most two groups.');
  return groupBy.map(({ Type, Key }) => {
    if (Type === 'DIMENSION') return dimensionOf(Key);
    throw validation(`GroupBy type ${Type} is not simulated; use DIMENSION.`);
  });
}

function splitPeriod(input: CostInput): Period[] {
  const { start, end } = checkPeriod(input.TimePeriod);
  const next =
    input.Granularity === 'MONTHLY' ? nextMonth : input.Granularity === 'DAILY' ? nextDay : undefined;
  if (!next) throw validation(`Granularity ${input.Granularity} is not simulated; use DAILY or MONTHLY.`);
  const periods: Period[] = [];
  for (let from = start; from < end;) {
    const to = next(from) < end ? next(from) : end;
    periods.push({ start: from, end: to, groups: new Map() });
    from = to;
  }
  return periods;
}

const nextDay = (day: string): string => new Date(Date.parse(day) + 86_400_000).toISOString().slice(0, 10);

function nextMonth(day: string): string {
  const date = new Date(day);
  return new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 1)).toISOString().slice(0, 10);
}

/** Periods and rows both run from old to new, so one walk puts every row into its period. */
function fill(
  periods: readonly Period[],
  rows: readonly CostRow[],
  groupBy: ((row: CostRow) => string)[],
): void {
  const sorted = [...rows].sort((a, b) => compare(a.day, b.day));
  let index = 0;
  for (const row of sorted) {
    while (row.day >= (periods[index]?.end ?? '')) index++;
    const { groups } = periods[index] as Period;
    const keys = groupBy.map((read) => read(row));
    const id = JSON.stringify(keys);
    const group = groups.get(id);
    if (group) group.rows.push(row);
    else groups.set(id, { keys, rows: [row] });
  }
}

interface Line {
  readonly period: Period;
  readonly group: Group | undefined;
}

/** A period without groups keeps one line, because Cost Explorer lists empty periods too. */
function linesOf(period: Period, grouped: boolean): Line[] {
  const groups = [...period.groups.values()];
  if (!grouped) return [{ period, group: groups[0] ?? { keys: [], rows: [] } }];
  if (groups.length === 0) return [{ period, group: undefined }];
  return groups
    .sort((a, b) => compare(a.keys.join('\0'), b.keys.join('\0')))
    .map((group) => ({ period, group }));
}

function amounts(lines: readonly Line[], names: readonly string[], grouped: boolean) {
  const groups = lines.flatMap(({ group }) => group ?? []);
  if (!grouped) return { Total: sums(groups[0]?.rows ?? [], names), Groups: [] };
  return { Total: {}, Groups: groups.map(({ keys, rows }) => ({ Keys: keys, Metrics: sums(rows, names) })) };
}

function sums(rows: readonly CostRow[], names: readonly string[]) {
  return Object.fromEntries(
    names.map((name) => [name, { Amount: sum(rows, name), Unit: unitOf(rows, name) }]),
  );
}

function sum(rows: readonly CostRow[], name: string): string {
  const read = metrics[name] as (row: CostRow) => string;
  return rows.reduce((total, row) => total.plus(read(row)), new Big(0)).toFixed();
}

function unitOf(rows: readonly CostRow[], name: string): string {
  if (name !== 'UsageQuantity') return 'USD';
  const units = new Set(rows.map((row) => row.usageUnit));
  return units.size === 1 ? ([...units][0] as string) : 'N/A';
}

/** The bill of the running month is not final. */
const isEstimated = (call: Call, period: Period): boolean =>
  period.end > `${new Date(call.simulation.now()).toISOString().slice(0, 7)}-01`;
