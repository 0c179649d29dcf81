import { crashPoint } from '@trimtab/kernel';
import { isAnswered, isRefused } from '../sql/connection.js';
import type { Patience } from './patience.js';
import type { PartitionState } from './plan.js';
import type { BatchRows } from './statement.js';
import { batchStatement } from './statement.js';
import type { WriterConnection } from './writer-connection.js';

type Fate = 'committed' | 'lost' | 'open';

/**
 * Sends a batch until the fate of each of its partitions is known and returns those that committed; the others are
 * lost to another owner. Throws only when Postgres refuses the content (then nothing was written) or on abort.
 *
 * An answer that never came is looked up on a new connection, and only partitions whose last batch is still the one
 * before are sent again; should the first statement arrive late after all, the fence of one of the two does not move.
 */
export async function settle(
  connection: WriterConnection,
  batch: BatchRows,
  schema: string,
  patience: Patience,
): Promise<Set<PartitionState>> {
  const committed = new Set<PartitionState>();
  let open = [...batch.upTo.keys()];
  let unanswered = false;
  await patience.until(async () => {
    try {
      if (!unanswered) open = await send(connection, batch, open, committed, schema);
    } catch (error) {
      unanswered = !isAnswered(error);
      throw error;
    }
    open = await lookUp(connection, batch, open, committed, schema);
    unanswered = false;
    return open.length === 0;
  }, isRefused);
  return committed;
}

/** Returns the partitions whose fence did not move. */
async function send(
  connection: WriterConnection,
  batch: BatchRows,
  states: readonly PartitionState[],
  committed: Set<PartitionState>,
  schema: string,
): Promise<PartitionState[]> {
  crashPoint('log.before-commit');
  const rows = await connection.query<{ id: number }>(batchStatement(schema, restrict(batch, states)));
  crashPoint('log.after-commit');
  const moved = new Set(rows.map((row) => row.id));
  for (const state of states) if (moved.has(state.id)) committed.add(state);
  return states.filter((state) => !moved.has(state.id));
}

/** Adds to `committed` what turns out to be written and returns the partitions that must be sent again. */
async function lookUp(
  connection: WriterConnection,
  batch: BatchRows,
  states: readonly PartitionState[],
  committed: Set<PartitionState>,
  schema: string,
): Promise<PartitionState[]> {
  if (states.length === 0) return [];
  const fates = await fatesOf(connection, batch, states, schema);
  for (const state of states) if (fates.get(state.id) === 'committed') committed.add(state);
  return states.filter((state) => fates.get(state.id) === 'open');
}

/** FOR SHARE waits for a statement of ours that may still be running on the connection that was lost. */
async function fatesOf(
  connection: WriterConnection,
  batch: BatchRows,
  states: readonly PartitionState[],
  schema: string,
): Promise<Map<number, Fate>> {
  const found = await connection.query<{ id: number; epoch: string; last_batch: string | null }>({
    text: `SELECT id, epoch, last_batch FROM ${schema}.partitions WHERE id = ANY ($1) ORDER BY id FOR SHARE`,
    values: [states.map((state) => state.id)],
  });
  const rows = new Map(found.map((row) => [row.id, row]));
  const ours = await firstEventsWritten(connection, batch, states, schema);
  return new Map(
    states.map((state): [number, Fate] => {
      const row = rows.get(state.id);
      if (row?.last_batch === batch.batchId || ours.has(state.id)) return [state.id, 'committed'];
      const untouched = Number(row?.epoch) === state.epoch && row?.last_batch === state.lastBatch;
      return [state.id, untouched ? 'open' : 'lost'];
    }),
  );
}

/** A later owner may have moved the partition on since; then our first event at its place is the proof. */
async function firstEventsWritten(
  connection: WriterConnection,
  batch: BatchRows,
  states: readonly PartitionState[],
  schema: string,
): Promise<Set<number>> {
  const firsts = states.flatMap((state) => {
    const first = batch.planned.find(({ append }) => append.state === state && append.events.length > 0);
    return first ? [{ id: state.id, sequence: first.firstSequence, event: first.append.events[0]?.id }] : [];
  });
  const rows = await connection.query<{ partition: number }>({
    text: `SELECT e.partition FROM ${schema}.events e
      JOIN unnest($1::int[], $2::bigint[], $3::uuid[]) AS f(partition, sequence, id) USING (partition, sequence, id)`,
    values: [firsts.map((f) => f.id), firsts.map((f) => f.sequence), firsts.map((f) => f.event)],
  });
  return new Set(rows.map((row) => row.partition));
}

function restrict(batch: BatchRows, states: readonly PartitionState[]): BatchRows {
  if (states.length === batch.upTo.size) return batch;
  const wanted = new Set(states);
  return {
    ...batch,
    planned: batch.planned.filter(({ append }) => wanted.has(append.state)),
    upTo: new Map([...batch.upTo].filter(([state]) => wanted.has(state))),
  };
}
