import { randomUUID } from 'node:crypto';
import { createPool, EventWriter, openEventLog } from '@trimtab/event-store';
import type { Pool } from 'pg';
import { median, rounded } from '../statistics.js';

export interface Append {
  /** Rows per second by the event writer, with its fences, on durable commits. */
  readonly rowsPerSecond: number;
  /** Rows per second of a batched insert of the same rows into a table with the same columns and indexes. */
  readonly rawRowsPerSecond: number;
  readonly ratio: number;
}

export interface AppendOptions {
  readonly rounds: number;
  readonly windowMs: number;
}

const SCHEMA = 'bench_append';
const PARTITIONS = 16;
/** Events of one append, as many as a step of a workflow writes at most. */
const PER_APPEND = 4;
/** Appends in hand at the same time. */
const DEPTH = 1_000;
const RAW_BATCH = 1_000;
const DATA = { task: 'discover', attempt: 1, output: { count: 1234, text: 'x'.repeat(150) } };

/** The two take turns in short windows, so that the moods of the machine fall on both. */
export async function measureAppend(
  databaseUrl: string,
  { rounds, windowMs }: AppendOptions,
): Promise<Append> {
  const pool = createPool({ url: databaseUrl, max: 4 });
  await openEventLog(pool, { schema: SCHEMA, partitions: PARTITIONS });
  await pool.query(`CREATE TABLE ${SCHEMA}.raw (LIKE ${SCHEMA}.events INCLUDING ALL)`);
  const writer = new EventWriter(pool, { schema: SCHEMA });
  for (let partition = 0; partition < PARTITIONS; partition += 1) {
    writer.open({ partition, epoch: 0, lastSequence: 0, lastBatch: null });
  }
  const raw = new RawInsert(pool);
  const found: { written: number; raw: number }[] = [];
  for (let round = 0; round <= rounds; round += 1) {
    const one = {
      raw: await rate(windowMs, (until) => raw.insert(until)),
      written: await rate(windowMs, (until) => append(writer, until)),
    };
    if (round > 0) found.push(one);
  }
  await writer.close();
  await pool.end();
  const [written, plain] = [median(found.map((one) => one.written)), median(found.map((one) => one.raw))];
  return {
    rowsPerSecond: rounded(written),
    rawRowsPerSecond: rounded(plain),
    ratio: rounded(written / plain),
  };
}

async function rate(windowMs: number, work: (until: number) => Promise<number>): Promise<number> {
  const from = performance.now();
  const rows = await work(from + windowMs);
  return (rows / (performance.now() - from)) * 1_000;
}

let streams = 0;

async function append(writer: EventWriter, until: number): Promise<number> {
  const producer = async (): Promise<number> => {
    let rows = 0;
    for (; performance.now() < until; rows += PER_APPEND) {
      const stream = `run-${(streams += 1)}`;
      await writer.append(streams % PARTITIONS, stream, 0, Array.from({ length: PER_APPEND }, event));
    }
    return rows;
  };
  const all = await Promise.all(Array.from({ length: DEPTH }, producer));
  return all.reduce((sum, rows) => sum + rows, 0);
}

const event = () => ({
  id: randomUUID(),
  type: 'TaskCompleted',
  data: DATA,
  at: new Date().toISOString(),
});

class RawInsert {
  private row = 0;

  constructor(private readonly pool: Pool) {}

  async insert(until: number): Promise<number> {
    let rows = 0;
    for (; performance.now() < until; rows += RAW_BATCH) {
      const columns = this.columns();
      await this.pool.query({
        name: 'raw',
        text: `INSERT INTO ${SCHEMA}.raw (partition, sequence, version, id, at, stream, type, data) SELECT * FROM
          unnest($1::int[], $2::bigint[], $3::int[], $4::uuid[], $5::timestamptz[], $6::text[], $7::text[], $8::text[])`,
        values: columns,
      });
    }
    return rows;
  }

  private columns(): unknown[][] {
    const columns: unknown[][] = Array.from({ length: 8 }, () => []);
    for (let i = 0; i < RAW_BATCH; i += 1) {
      const row = (this.row += 1);
      const { id, type, data, at } = event();
      const [stream, version] = [Math.floor(row / PER_APPEND), 1 + (row % PER_APPEND)];
      const values = [stream % PARTITIONS, row, version, id, at, `raw-${stream}`, type, JSON.stringify(data)];
      values.forEach((value, column) => columns[column]?.push(value));
    }
    return columns;
  }
}
