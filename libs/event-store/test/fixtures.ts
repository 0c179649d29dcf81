import { randomUUID } from 'node:crypto';
import type pg from 'pg';
import type { NewEvent } from '../src/index.js';
import { createPool, EventWriter, openEventLog } from '../src/index.js';
import type { EventWriterOptions, Lease, PostgresEventLog } from '../src/index.js';
import { LeaseTable } from '../src/leases/lease-table.js';

export const event = (type: string, data: unknown = {}): NewEvent => ({
  id: randomUUID(),
  type,
  data,
  at: '2026-01-02T03:04:05.678Z',
});

export const events = (count: number, data: unknown = {}): NewEvent[] =>
  Array.from({ length: count }, (_, i) => event(`Happened${i}`, data));

/** A log of its own in a fresh schema. */
export async function freshLog(
  url: string,
  partitions = 4,
): Promise<{ pool: pg.Pool; schema: string; log: PostgresEventLog }> {
  const pool = createPool({ url, max: 8, connectMs: 60_000 });
  const schema = `log_${randomUUID().slice(0, 8)}`;
  return { pool, schema, log: await openEventLog(pool, { schema, partitions }) };
}

/** Takes all free partitions for one instance. */
export async function takeAll(
  pool: pg.Pool,
  schema: string,
  instance: string,
  leaseMs = 60_000,
): Promise<Lease[]> {
  const table = new LeaseTable(pool, schema, instance, leaseMs);
  const leases: Lease[] = [];
  for (let lease = await table.take(); lease; lease = await table.take()) leases.push(lease);
  return leases;
}

export async function writerOfAll(
  pool: pg.Pool,
  schema: string,
  options: Partial<EventWriterOptions> = {},
): Promise<EventWriter> {
  const writer = new EventWriter(pool, { schema, ...options });
  for (const lease of await takeAll(pool, schema, randomUUID())) writer.open(lease);
  return writer;
}

export const codeOf = (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => 'no error',
    (error: { code?: string }) => error.code ?? String(error),
  );
