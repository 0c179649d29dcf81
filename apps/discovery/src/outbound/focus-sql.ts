import type { BillFile } from './bill-file.js';
import { focusColumns, SCALE } from '../domain/focus.js';
import type { FocusColumn, FocusKey } from '../domain/focus.js';

export type Columns = ReadonlyMap<FocusKey, string>;

const text = (value: string): string => `'${value.replaceAll("'", "''")}'`;
const name = (value: string): string => `"${value.replaceAll('"', '""')}"`;

/** The file's rows, every column as text: numbers are never read as floats, and `NULL` means null. */
export function sourceSql(file: BillFile): string {
  if (file.format === 'focus-parquet') return `read_parquet(${text(file.path)})`;
  const columns = (file.header ?? []).map((column) => `${text(column)}: 'VARCHAR'`).join(', ');
  const compression = file.format === 'focus-csv.gz' ? 'gzip' : 'none';
  return `read_csv(${text(file.path)}, header = true, auto_detect = false, delim = ',', quote = '"', escape = '"',
    nullstr = ['NULL', ''], strict_mode = true, compression = ${text(compression)}, max_line_size = 2097152,
    columns = {${columns}})`;
}

const read = (columns: Columns, key: FocusKey): string => {
  const column = columns.get(key);
  return column === undefined ? 'NULL::VARCHAR' : `CAST(${name(column)} AS VARCHAR)`;
};

const NUMBER = String.raw`[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?`;

/** True where a value cannot be taken exactly as it stands. */
function bad(columns: Columns, { key, kind, mandatory }: FocusColumn): string {
  const value = read(columns, key);
  const wrong = `(${value} IS NOT NULL AND ${wrongValue(kind, value)})`;
  return mandatory ? `(${value} IS NULL OR ${wrong})` : wrong;
}

function wrongValue(kind: FocusColumn['kind'], value: string): string {
  switch (kind) {
    case 'text':
      return 'false';
    case 'category':
      return `${value} NOT IN ('Usage', 'Purchase', 'Tax', 'Credit', 'Adjustment')`;
    case 'time':
      return `TRY_CAST(${value} AS TIMESTAMPTZ) IS NULL`;
    case 'amount':
    case 'quantity':
      return `(TRY_CAST(${value} AS ${decimalType(kind)}) IS NULL OR NOT regexp_full_match(${value}, ${text(NUMBER)})
        OR ${decimals(value)} > ${SCALE[kind]})`;
  }
}

/** Digits after the point that are not trailing zeros, with the exponent counted in. */
const decimals = (value: string): string =>
  `(length(rtrim(regexp_extract(${value}, '\\.(\\d*)', 1), '0'))
    - COALESCE(TRY_CAST(regexp_extract(${value}, '[eE]([+-]?\\d+)', 1) AS INTEGER), 0))`;

const decimalType = (kind: 'amount' | 'quantity'): string => `DECIMAL(38, ${SCALE[kind]})`;

const checked = (columns: Columns): FocusColumn[] => focusColumns.filter(({ key }) => columns.has(key));

const anyBad = (columns: Columns): string =>
  checked(columns)
    .filter(({ kind, mandatory }) => mandatory || kind !== 'text')
    .map((column) => bad(columns, column))
    .join(' OR ');

const day = (value: string): string => `CAST(CAST(TRY_CAST(${value} AS TIMESTAMPTZ) AS DATE) AS VARCHAR)`;

/** One scan: rows gathered into daily cells with exact sums; `bad` counts rows that make the file unusable. */
export function cellsSql(file: BillFile, columns: Columns, source: string | undefined): string {
  const at = (key: FocusKey): string => read(columns, key);
  const derived = `lower(${at('provider')}) || '/' || ${at('billingAccountId')}`;
  const sum = (key: FocusKey, kind: 'amount' | 'quantity'): string =>
    `SUM(TRY_CAST(${at(key)} AS ${decimalType(kind)}))`;
  return `CREATE TEMP TABLE cells AS SELECT
    ${source === undefined ? derived : text(source)} AS source,
    ${day(at('periodStart'))} AS period_start, ${day(at('periodEnd'))} AS period_end, ${day(at('chargeStart'))} AS day,
    COALESCE(${at('subAccountId')}, ${at('billingAccountId')}) AS account_id,
    COALESCE(${at('region')}, 'global') AS region, ${at('service')} AS service,
    COALESCE(${at('sku')}, 'none') AS usage_type, ${at('chargeCategory')} AS charge_category,
    ${at('unit')} AS consumed_unit, ${at('currency')} AS currency,
    ${sum('billedCost', 'amount')} AS billed_cost, ${sum('effectiveCost', 'amount')} AS effective_cost,
    ${sum('listCost', 'amount')} AS list_cost, ${sum('quantity', 'quantity')} AS consumed_quantity,
    COUNT(*) AS rows, COUNT(*) FILTER (WHERE ${anyBad(columns)}) AS bad
    FROM ${sourceSql(file)} GROUP BY ALL`;
}

/** The first unusable row: its number (from 1), which columns are at fault and what they hold. */
export function firstBadSql(file: BillFile, columns: Columns): string {
  const flags = checked(columns).map((column) => `${bad(columns, column)} AS ${name(`bad_${column.key}`)}`);
  const values = checked(columns).map(({ key }) => `${read(columns, key)} AS ${name(`value_${key}`)}`);
  return `SELECT * FROM (SELECT row_number() OVER () AS row, ${anyBad(columns)} AS any_bad,
    ${[...flags, ...values].join(', ')} FROM ${sourceSql(file)}) WHERE any_bad LIMIT 1`;
}

export const countsSql = `SELECT CAST(SUM(rows) AS VARCHAR) AS rows, CAST(SUM(bad) AS VARCHAR) AS bad FROM cells`;

export const periodsSql = `SELECT source, period_start, period_end, CAST(SUM(rows) AS VARCHAR) AS rows FROM cells
  GROUP BY ALL ORDER BY ALL`;

export const totalsSql = `SELECT currency, CAST(SUM(billed_cost) AS VARCHAR) AS billed_cost,
  CAST(SUM(effective_cost) AS VARCHAR) AS effective_cost FROM cells GROUP BY currency ORDER BY currency`;

export const factsSql = `SELECT source, period_start, day, account_id, region, service, usage_type, charge_category,
  CAST(billed_cost AS VARCHAR), CAST(effective_cost AS VARCHAR), CAST(list_cost AS VARCHAR),
  CAST(consumed_quantity AS VARCHAR), consumed_unit, currency FROM cells`;
