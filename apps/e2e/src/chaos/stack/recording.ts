import type { Pool } from 'pg';

/** One row of one table, as `to_jsonb` gives it. */
export interface RecordedRow {
  readonly table: string;
  readonly row: Readonly<Record<string, unknown>>;
}

const SCHEMAS = ['orchestrator', 'chaos'];
/** What belongs to the server or to living processes, not to the history. */
const ELSEWHERE = /migrations$|\.(instances|log_settings)$/;

/** Everything that orchestrators and workers have stored. */
export async function record(sql: Pool): Promise<RecordedRow[]> {
  const rows: RecordedRow[] = [];
  for (const table of await tables(sql)) {
    const found = await sql.query<{ row: RecordedRow['row'] }>(`SELECT to_jsonb(t) AS row FROM ${table} t`);
    rows.push(...found.rows.map(({ row }) => ({ table, row })));
  }
  return rows;
}

/** Puts it where processes of today have made their tables and ended. Columns that came later get their default. */
export async function restore(sql: Pool, rows: readonly RecordedRow[]): Promise<void> {
  await sql.query(`TRUNCATE ${(await tables(sql)).join(', ')}`);
  const inOrder = [...rows].sort((a, b) => Number(isDependent(a)) - Number(isDependent(b)));
  for (const { table, row } of inOrder) {
    const columns = Object.keys(row)
      .map((name) => `"${name}"`)
      .join(', ');
    await sql.query(
      `INSERT INTO ${table} (${columns}) OVERRIDING SYSTEM VALUE
       SELECT ${columns} FROM jsonb_populate_record(NULL::${table}, $1::jsonb)`,
      [JSON.stringify(row)],
    );
  }
  await sql.query('UPDATE orchestrator.leases SET owner = NULL, lease_until = NULL');
  await countOn(sql);
}

/** Leases refer to partitions. */
const isDependent = ({ table }: RecordedRow): boolean => table.endsWith('.leases');

async function tables(sql: Pool): Promise<string[]> {
  const { rows } = await sql.query<{ name: string }>(
    `SELECT table_schema || '.' || table_name AS name FROM information_schema.tables
     WHERE table_schema = ANY ($1) AND table_type = 'BASE TABLE' ORDER BY 1`,
    [SCHEMAS],
  );
  return rows.map(({ name }) => name).filter((name) => !ELSEWHERE.test(name));
}

/** Generated numbers go on after those that were restored. */
async function countOn(sql: Pool): Promise<void> {
  const { rows } = await sql.query<{ name: string; column: string }>(
    `SELECT table_schema || '.' || table_name AS name, column_name AS column FROM information_schema.columns
     WHERE table_schema = ANY ($1) AND is_identity = 'YES'`,
    [SCHEMAS],
  );
  for (const { name, column } of rows)
    await sql.query(
      `SELECT setval(pg_get_serial_sequence('${name}', '${column}'), max("${column}")) FROM ${name} HAVING max("${column}") IS NOT NULL`,
    );
}
