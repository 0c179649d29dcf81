import type { Sql } from '../sql/sql.js';
import { rowsOf } from '../sql/sql.js';
import type { StoredEvent, StreamStart } from './event.js';
import type { EventRow } from './rows.js';
import { toEvent } from './rows.js';

export const EVENT = 'id, stream, version, partition, sequence, type, data, at';

type Row = EventRow & {
  /** Place of the stream among those asked for, from 1. */
  readonly place: string;
  /** Bytes of data up to and with this row. */
  readonly bytes: string;
};

/**
 * As `EventLog.readStreams`. The order in the inner query keeps the planner from turning it into a join over the whole
 * table of events: each stream is looked up in the index, however much else is stored.
 */
export async function readWholeStreams(
  sql: Sql,
  schema: string,
  starts: readonly StreamStart[],
  maxBytes: number,
): Promise<Map<string, StoredEvent[]>> {
  const rows = await rowsOf<Row>(
    sql,
    `SELECT * FROM (
       SELECT event.*, start.place,
         sum(octet_length(event.data)) OVER (ORDER BY start.place, event.version) AS bytes
       FROM unnest($1::text[], $2::int[]) WITH ORDINALITY AS start(stream, version, place)
       CROSS JOIN LATERAL (
         SELECT ${EVENT} FROM ${schema}.events e
         WHERE e.stream = start.stream AND e.version >= start.version ORDER BY e.version
       ) AS event
     ) AS read WHERE bytes - octet_length(data) < $3 ORDER BY place, version`,
    [starts.map(({ stream }) => stream), starts.map(({ version }) => version), maxBytes],
  );
  const last = rows.at(-1);
  // What comes after the last row is not known: its stream may be cut.
  const whole = last && Number(last.bytes) >= maxBytes ? Number(last.place) - 1 : starts.length;
  const streams = new Map(starts.slice(0, whole).map(({ stream }): [string, StoredEvent[]] => [stream, []]));
  for (const row of rows) streams.get(row.stream)?.push(toEvent(row));
  return streams;
}
