import { randomUUID } from 'node:crypto';
import { partitionOf } from '@trimtab/kernel';
import pg from 'pg';

const CHUNK = 1_000;

interface Column {
  readonly name: string;
  readonly type: string;
}

interface Template {
  readonly table: string;
  readonly columns: readonly Column[];
}

/** Where copies of a run go: its id, its partition and the sequence number before its first event. */
interface Copies {
  readonly runs: string[];
  readonly partitions: number[];
  readonly before: number[];
}

/**
 * Fills the store of a stopped engine, in which one run has finished, with many more: every row that the engine and
 * the worker wrote for it is copied, in whatever table, with another run id, its right partition and the next
 * sequence numbers. Only the messages of these runs are missing on the bus.
 */
export async function fillStore(databaseUrl: string, runs: number): Promise<void> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    const { rows } = await client.query<{ run: string }>('SELECT run FROM orchestrator.runs LIMIT 1');
    const run = rows[0]?.run ?? '';
    const templates = await templatesOf(client, run);
    const { rows: events } = await client.query('SELECT 1 FROM orchestrator.events');
    const sequences = await lastSequences(client);
    for (let done = 0; done < runs; done += CHUNK) {
      const copies = nextCopies(sequences, Math.min(CHUNK, runs - done), events.length);
      for (const template of templates) await copy(client, template, run, copies);
    }
    await settle(client, sequences);
  } finally {
    await client.end();
  }
}

/** Tables that have rows of the run; these rows are kept beside. */
async function templatesOf(client: pg.Client, run: string): Promise<Template[]> {
  const { rows } = await client.query<{ table: string; columns: Column[] }>(`
    SELECT format('%I.%I', table_schema, table_name) AS table,
      json_agg(json_build_object('name', column_name, 'type', data_type)) AS columns
    FROM information_schema.columns
    WHERE table_schema IN ('orchestrator', 'bench') AND is_identity = 'NO'
    GROUP BY table_schema, table_name`);
  const templates: Template[] = [];
  for (const template of rows) {
    const kept = await client.query(
      `CREATE TEMP TABLE ${keptOf(template)} AS SELECT * FROM ${template.table} t WHERE t::text LIKE '%${run}%'`,
    );
    if ((kept.rowCount ?? 0) > 0) templates.push(template);
  }
  return templates;
}

const keptOf = ({ table }: Template): string => `kept_${table.replaceAll(/\W/g, '_')}`;

async function lastSequences(client: pg.Client): Promise<number[]> {
  const { rows } = await client.query<{ last: string }>(
    'SELECT last_sequence AS last FROM orchestrator.partitions ORDER BY id',
  );
  return rows.map(({ last }) => Number(last));
}

function nextCopies(sequences: number[], count: number, eventsPerRun: number): Copies {
  const copies: Copies = { runs: [], partitions: [], before: [] };
  for (let i = 0; i < count; i += 1) {
    const run = randomUUID();
    const partition = partitionOf(run, sequences.length);
    copies.runs.push(run);
    copies.partitions.push(partition);
    copies.before.push(sequences[partition] ?? 0);
    sequences[partition] = (sequences[partition] ?? 0) + eventsPerRun;
  }
  return copies;
}

async function copy(client: pg.Client, template: Template, run: string, copies: Copies): Promise<void> {
  const names = template.columns.map(({ name }) => `"${name}"`).join(', ');
  const values = template.columns.map((column) => valueOf(column, template)).join(', ');
  await client.query(
    `INSERT INTO ${template.table} (${names}) SELECT ${values} FROM ${keptOf(template)} t
      CROSS JOIN unnest($1::text[], $2::int[], $3::bigint[]) AS n(run, partition, before),
      (SELECT $4::text AS run, replace($4, '-', '') AS trace) AS old`,
    [copies.runs, copies.partitions, copies.before, run],
  );
}

/** The run is the only one in its store: its events have the versions 1, 2, 3 … as they have sequences. */
function valueOf({ name, type }: Column, { table }: Template): string {
  if (name === 'partition') return 'n.partition';
  if (name === 'sequence' && table === 'orchestrator.events') return 'n.before + t.version';
  if (type === 'uuid') return 'gen_random_uuid()';
  if (type !== 'text') return `t."${name}"`;
  return `replace(replace(t."${name}", old.run, n.run), old.trace, replace(n.run, '-', ''))`;
}

/** The partitions know their last sequences, every reader has read what is there, and the server has rested. */
async function settle(client: pg.Client, sequences: readonly number[]): Promise<void> {
  await client.query(
    `UPDATE orchestrator.partitions p SET last_sequence = s.last
      FROM unnest($1::bigint[]) WITH ORDINALITY AS s(last, number) WHERE p.id = s.number - 1`,
    [sequences],
  );
  await client.query(`
    INSERT INTO orchestrator.checkpoints (name, partition, sequence)
    SELECT c.name, p.id, p.last_sequence
    FROM (SELECT DISTINCT name FROM orchestrator.checkpoints) c CROSS JOIN orchestrator.partitions p
    ON CONFLICT (name, partition) DO UPDATE SET sequence = EXCLUDED.sequence`);
  await client.query('VACUUM ANALYZE');
  await client.query('CHECKPOINT');
}
