import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';
import type { CostFact } from '@trimtab/contracts';
import { AppError, decimal } from '@trimtab/kernel';
import { columnsOf, focusColumns, focusVersion, invalidFile, reasonOf } from '../domain/focus.js';
import { inspectBill, lineOfRecord } from './bill-file.js';
import type { BillFile } from './bill-file.js';
import type { SourcedFact } from './cost-facts.repository.js';
import { cellsSql, countsSql, factsSql, firstBadSql, periodsSql, sourceSql, totalsSql } from './focus-sql.js';
import type { Columns } from './focus-sql.js';

type Row = Record<string, string | null>;

/** A bill that was read whole and found sound; its daily cells wait in a private database. Call `close`. */
export interface ReadBill {
  readonly rows: number;
  readonly focusVersion: string;
  readonly periods: readonly { source: string; start: string; end: string; rows: number }[];
  readonly totals: readonly { currency: string; billedCost: string; effectiveCost: string }[];
  facts(): AsyncIterable<SourcedFact>;
  close(): Promise<void>;
}

/** Memory that DuckDB may use before it writes to disk; the rest of the import needs little more. */
const MEMORY = '384MB';

/**
 * Reads a FOCUS bill by DuckDB in one scan, in bounded memory, with exact decimals.
 * `source` names the bill; without it each (provider, billing account) is a source of its own.
 * Throws `costs.invalid-file`.
 */
export async function readBill(file: BillFile, source?: string): Promise<ReadBill> {
  const scratch = await mkdtemp(join(tmpdir(), 'trimtab-bill-'));
  const { DuckDBInstance: Instance } = await import('@duckdb/node-api');
  const db = await Instance.create(':memory:', {
    memory_limit: MEMORY,
    threads: '2',
    temp_directory: scratch,
  });
  const close = async (): Promise<void> => {
    db.closeSync();
    await rm(scratch, { recursive: true, force: true });
  };
  try {
    return { ...(await gather(db, file, source)), close };
  } catch (error) {
    await close();
    throw error instanceof AppError ? error : fileError(error);
  }
}

export { inspectBill };

async function gather(db: DuckDBInstance, file: BillFile, source?: string): Promise<Omit<ReadBill, 'close'>> {
  const connection = await db.connect();
  await connection.run(`SET TimeZone = 'UTC'`);
  const header = file.header ?? (await parquetHeader(connection, file));
  const columns = columnsOf(header);
  await connection.run(cellsSql(file, columns, source));
  const [counts] = await query(connection, countsSql);
  if (Number(counts?.bad ?? 0) > 0) throw await firstProblem(connection, file, columns);
  if (Number(counts?.rows ?? 0) === 0) throw invalidFile({ reason: 'the file has a header and no rows' });
  const periods = await query(connection, periodsSql);
  const totals = await query(connection, totalsSql);
  return {
    rows: Number(counts?.rows),
    focusVersion: focusVersion(header),
    periods: periods.map((row) => ({
      source: row.source ?? '',
      start: row.period_start ?? '',
      end: row.period_end ?? '',
      rows: Number(row.rows),
    })),
    totals: totals.map((row) => ({
      currency: row.currency ?? '',
      billedCost: decimal(row.billed_cost ?? '0'),
      effectiveCost: decimal(row.effective_cost ?? '0'),
    })),
    facts: () => facts(connection),
  };
}

async function query(connection: DuckDBConnection, sql: string): Promise<Row[]> {
  return (await connection.runAndReadAll(sql)).getRowObjectsJson() as Row[];
}

async function parquetHeader(connection: DuckDBConnection, file: BillFile): Promise<string[]> {
  const described = await query(connection, `DESCRIBE SELECT * FROM ${sourceSql(file)}`);
  return described.map((row) => row.column_name ?? '');
}

async function firstProblem(
  connection: DuckDBConnection,
  file: BillFile,
  columns: Columns,
): Promise<AppError> {
  const [found] = (await connection.runAndReadAll(firstBadSql(file, columns))).getRowObjectsJson();
  const at = focusColumns.find(({ key }) => found?.[`bad_${key}`] === true);
  const row = Number(found?.row);
  const reason = at
    ? reasonOf(at.kind, (found?.[`value_${at.key}`] as string | null | undefined) ?? null)
    : 'a value is not usable';
  const column = at && columns.get(at.key);
  if (file.format === 'focus-parquet') return invalidFile({ row, column, reason });
  return invalidFile({ line: await lineOfRecord(file, row), column, reason });
}

async function* facts(connection: DuckDBConnection): AsyncIterable<SourcedFact> {
  const result = await connection.stream(factsSql);
  for (;;) {
    const chunk = await result.fetchChunk();
    if (!chunk || chunk.rowCount === 0) return;
    for (const row of chunk.getRows()) yield sourcedFact(row as (string | null)[]);
  }
}

/** A row of `factsSql`, in its order; only list cost, quantity and unit may be null in a sound bill. */
function sourcedFact(row: readonly (string | null)[]): SourcedFact {
  const [source, billingPeriod, day, accountId, region, service, usageType, category, billed, effective] =
    row.slice(0, 10) as string[];
  const [list, quantity, unit, currency] = row.slice(10) as [
    string | null,
    string | null,
    string | null,
    string,
  ];
  const fact = {
    day,
    accountId,
    region,
    service,
    usageType,
    chargeCategory: category,
    consumedUnit: unit,
    currency,
  };
  return {
    source: source ?? '',
    billingPeriod: billingPeriod ?? null,
    fact: {
      ...(fact as Omit<CostFact, AmountKey>),
      billedCost: decimal(billed ?? '0'),
      effectiveCost: decimal(effective ?? '0'),
      listCost: list === null ? null : decimal(list),
      consumedQuantity: quantity === null ? null : decimal(quantity),
    },
  };
}

type AmountKey = 'billedCost' | 'effectiveCost' | 'listCost' | 'consumedQuantity';

/** DuckDB's refusal of a file as ours: it tells the line of a record with too few, too many or unclosed fields. */
function fileError(error: unknown): AppError {
  const text = error instanceof Error ? error.message : String(error);
  if (/^(Out of Memory|IO|Internal|Interrupt|FATAL)/i.test(text)) return importFailed(text, error);
  const line = /Line:\s*(\d+)/i.exec(text)?.[1];
  const reason = (/^(?!.*CSV Error on Line)(?!\s*Original Line).*\S.*$/m.exec(text)?.[0] ?? text).trim();
  return invalidFile({ line: line === undefined ? undefined : Number(line), reason: reason.slice(0, 300) });
}

/** What is wrong here is the machine, not the bill. */
const importFailed = (text: string, cause: unknown): AppError =>
  new AppError(
    'costs.import-failed',
    `The import ran out of memory or disk (${text.slice(0, 200)}): try again later.`,
    {
      retry: 'later',
      cause,
    },
  );
