import { AwsError } from '../../aws-error.js';
import type { Call } from '../../simulation.js';
import type { CostRow } from '../../world/world.js';

export interface Expression {
  readonly Or?: readonly Expression[];
  readonly And?: readonly Expression[];
  readonly Not?: Expression;
  readonly Dimensions?: DimensionTest;
  readonly Tags?: object;
  readonly CostCategories?: object;
}

interface DimensionTest {
  readonly Key?: string;
  readonly Values?: readonly string[];
  readonly MatchOptions?: readonly string[];
}

export interface TimePeriod {
  readonly Start?: string;
  readonly End?: string;
}

type RowTest = (row: CostRow) => boolean;

const dimensions: Readonly<Record<string, (row: CostRow) => string>> = {
  SERVICE: (row) => row.service,
  USAGE_TYPE: (row) => row.usageType,
  LINKED_ACCOUNT: (row) => row.accountId,
  REGION: (row) => row.region,
  RECORD_TYPE: (row) => recordTypes[row.recordType],
};

/** The spelling that Cost Explorer uses for RECORD_TYPE. */
const recordTypes: Readonly<Record<CostRow['recordType'], string>> = {
  Usage: 'Usage',
  Tax: 'Tax',
  SavingsPlanRecurringFee: 'SavingsPlanRecurringFee',
  Credit: 'Credit',
};

export function dimensionOf(key: string | undefined): (row: CostRow) => string {
  const read = key !== undefined && Object.hasOwn(dimensions, key) ? dimensions[key] : undefined;
  if (!read)
    throw validation(`Dimension ${key} is not simulated; use ${Object.keys(dimensions).join(', ')}.`);
  return read;
}

export const validation = (message: string): AwsError => new AwsError('ValidationException', message);

/** The rows of a period (End exclusive) that the account may see and that pass the filter. */
export function selectRows(
  call: Call,
  period: TimePeriod | undefined,
  filter: Expression | undefined,
): CostRow[] {
  const { start, end } = checkPeriod(period);
  const test = filter ? compile(filter) : () => true;
  const visible = visibility(call);
  return call.simulation.world.costs.filter(
    (row) => row.day >= start && row.day < end && visible(row) && test(row),
  );
}

export function checkPeriod(period: TimePeriod | undefined): { start: string; end: string } {
  const { Start: start = '', End: end = '' } = period ?? {};
  for (const day of [start, end]) {
    if (!/^\d{4}-\d\d-\d\d$/.test(day) || Number.isNaN(Date.parse(day))) {
      throw validation(`Failed to parse input date "${day}": use YYYY-MM-DD.`);
    }
  }
  if (start >= end) throw validation('Start date (and hour) should be before end date (and hour)');
  return { start, end };
}

/** The first account is the management account and sees all; the others see themselves. */
function visibility(call: Call): RowTest {
  if (call.simulation.world.accounts[0]?.id === call.accountId) return () => true;
  return (row) => row.accountId === call.accountId;
}

function compile(expression: Expression): RowTest {
  const { Or, And, Not, Dimensions } = expression;
  if ([Or, And, Not, Dimensions].filter((part) => part !== undefined).length !== 1) {
    throw validation(
      'Expression must have exactly one of And, Or, Not or Dimensions (tags are not simulated).',
    );
  }
  if (Or) return combine(Or, (tests) => (row) => tests.some((test) => test(row)));
  if (And) return combine(And, (tests) => (row) => tests.every((test) => test(row)));
  if (Not) {
    const test = compile(Not);
    return (row) => !test(row);
  }
  return compileDimension(Dimensions ?? {});
}

function combine(parts: readonly Expression[], join: (tests: RowTest[]) => RowTest): RowTest {
  if (parts.length < 2) throw validation('And and Or need at least two operands.');
  return join(parts.map(compile));
}

function compileDimension({
  Key: key,
  Values: values = [],
  MatchOptions: options = [],
}: DimensionTest): RowTest {
  const read = dimensionOf(key);
  const fold = options.includes('CASE_INSENSITIVE')
    ? (text: string) => text.toLowerCase()
    : (text: string) => text;
  const wanted = values.map(fold);
  if (options.includes('ABSENT')) return (row) => read(row) === '';
  if (options.includes('STARTS_WITH'))
    return (row) => wanted.some((text) => fold(read(row)).startsWith(text));
  if (options.includes('ENDS_WITH')) return (row) => wanted.some((text) => fold(read(row)).endsWith(text));
  if (options.includes('CONTAINS')) return (row) => wanted.some((text) => fold(read(row)).includes(text));
  const set = new Set(wanted);
  return (row) => set.has(fold(read(row)));
}
