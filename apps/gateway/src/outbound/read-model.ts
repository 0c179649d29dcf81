import { withTransaction } from '@trimtab/event-store';
import type { Sql } from '@trimtab/event-store';
import { AppError } from '@trimtab/kernel';
import type { Envelope } from '@trimtab/kernel';
import { eventContracts } from '@trimtab/contracts';
import type { EventType } from '@trimtab/contracts';
import type { Pool } from 'pg';
import { findingProjectors } from './findings.projection.js';
import { Writes } from './projector.js';
import type { Projector } from './projector.js';
import { runProjectors } from './runs.projection.js';

const projectors: { readonly [T in EventType]?: Projector<T> } = { ...runProjectors, ...findingProjectors };

/** An event that keeps its contract, with what it changes. */
export interface CheckedEvent {
  readonly event: Envelope;
  readonly change: (db: Writes) => Promise<void>;
}

const nothing = (): Promise<void> => Promise.resolve();

/** Throws `event.invalid` for data that breaks the contract of its type; a type that nobody knows changes nothing. */
export function checked(event: Envelope): CheckedEvent {
  if (!Object.hasOwn(eventContracts, event.type)) return { event, change: nothing };
  const type = event.type as EventType;
  const parsed = eventContracts[type].safeParse(event.data);
  if (!parsed.success) {
    const problems = parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`);
    throw new AppError('event.invalid', `${type} breaks its contract: ${problems.join('; ')}`, {
      details: { problems },
    });
  }
  const project = projectors[type] as Projector<EventType> | undefined;
  if (!project) return { event, change: nothing };
  return { event, change: (db) => project(db, parsed.data, new Date(event.time)) };
}

/** Applies public events to the read model, each (source, id) once. */
export class ReadModel {
  constructor(private readonly pool: Pool) {}

  /** One transaction: all of it or nothing, in the given order. */
  async apply(events: readonly CheckedEvent[]): Promise<void> {
    await withTransaction(this.pool, async (db) => {
      // The history grows in the order of its positions, also with several gateways: readers miss nothing.
      await db.query(`SELECT pg_advisory_xact_lock(hashtext('trimtab.gateway.events'))`);
      const unseen = await remember(db, events);
      const writes = new Writes(db);
      for (const { change } of unseen) await change(writes);
      await writes.flush();
    });
  }
}

const keyOf = ({ source, id }: { source: string; id: string }): string => JSON.stringify([source, id]);

/** Adds the events to the history; returns those that were not there. */
async function remember(db: Sql, events: readonly CheckedEvent[]): Promise<CheckedEvent[]> {
  const unique = new Map<string, CheckedEvent>();
  for (const one of events) if (!unique.has(keyOf(one.event))) unique.set(keyOf(one.event), one);
  const given = [...unique.values()].map(({ event }) => ({ ...event, runid: runOf(event) }));
  const { rows } = await db.query(
    `INSERT INTO events (source, id, type, subject, run_id, time, data)
     SELECT e->>'source', e->>'id', e->>'type', e->>'subject', e->>'runid', (e->>'time')::timestamptz, e->'data'
     FROM jsonb_array_elements($1::jsonb) WITH ORDINALITY AS given(e, place) ORDER BY place
     ON CONFLICT (source, id) DO NOTHING RETURNING source, id`,
    [JSON.stringify(given)],
  );
  const fresh = new Set((rows as { source: string; id: string }[]).map(keyOf));
  return [...unique].filter(([key]) => fresh.has(key)).map(([, one]) => one);
}

function runOf({ runid, data }: Envelope): string | null {
  if (runid !== undefined) return runid;
  const named = (data as { runId?: unknown } | null)?.runId;
  return typeof named === 'string' ? named : null;
}
