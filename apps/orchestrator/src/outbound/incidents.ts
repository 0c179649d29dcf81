import { publicEvent } from '@trimtab/contracts';
import type { Incident } from '@trimtab/contracts';
import { rowsOf } from '@trimtab/event-store';
import type { Sql } from '@trimtab/event-store';
import { AppError } from '@trimtab/kernel';
import type { Announcements, Say } from './announcements.js';

export interface NewIncident {
  /** Given when the same trouble must never be raised twice, even after somebody resolved it. */
  readonly id?: string;
  /** What is in trouble: one incident is open about it at a time. */
  readonly key: string;
  readonly kind: string;
  readonly partition?: number;
  readonly runId?: string;
  readonly message: string;
  readonly details?: Readonly<Record<string, unknown>>;
}

interface Row {
  readonly id: string;
  readonly kind: string;
  readonly run_id: string | null;
  readonly message: string;
  readonly details: string;
  readonly status: Incident['status'];
  readonly raised_at: Date;
  readonly last_seen_at: Date;
  readonly repairs: number;
  readonly resolved_at: Date | null;
  readonly resolved_by: string | null;
  readonly resolution: string | null;
}

const COLUMNS =
  'id, kind, run_id, message, details, status, raised_at, last_seen_at, repairs, resolved_at, resolved_by, resolution';

/** What the engine could not put right by itself, or had to: kept, published, resolved by it or by a person. */
export class Incidents {
  constructor(
    private readonly sql: Sql,
    private readonly schema: string,
    private readonly announcements: Announcements,
    private readonly newId: () => string,
  ) {}

  /** Raises it, or notes that an open one was seen again; `repaired` counts an attempt to put it right. */
  raise(incident: NewIncident, repaired = false): Promise<void> {
    const { id = this.newId(), key, kind, partition = null, runId = null, message, details = {} } = incident;
    return this.announcements.commit(async (tx, say) => {
      const again = await rowsOf(
        tx,
        `UPDATE ${this.schema}.incidents SET last_seen_at = now(), repairs = repairs + $2, message = $3, details = $4
         WHERE key = $1 AND status = 'open' RETURNING 1`,
        [key, Number(repaired), message, JSON.stringify(details)],
      );
      if (again.length > 0) return;
      const [row] = await rowsOf<Row>(
        tx,
        `INSERT INTO ${this.schema}.incidents (id, key, kind, partition, run_id, message, details, repairs)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT DO NOTHING RETURNING ${COLUMNS}`,
        [id, key, kind, partition, runId, message, JSON.stringify(details), Number(repaired)],
      );
      if (row) tell(say, 'trimtab.incident.raised.v1', toIncident(row));
    });
  }

  /** Closes an incident; closing it again changes nothing. Throws `incident.unknown`. */
  resolve(id: string, by: string, resolution: string | undefined): Promise<Incident> {
    return this.announcements.commit(async (tx, say) => {
      const [row] = await rowsOf<Row>(
        tx,
        `UPDATE ${this.schema}.incidents SET status = 'resolved', resolved_at = now(), resolved_by = $2, resolution = $3
         WHERE id = $1 AND status = 'open' RETURNING ${COLUMNS}`,
        [uuid(id), by, resolution ?? null],
      );
      if (!row) return this.show(id);
      const incident = toIncident(row);
      tell(say, 'trimtab.incident.resolved.v1', incident);
      return incident;
    });
  }

  /** Closes what is open about a key, if anything is. */
  async settle(key: string, by: string, resolution: string): Promise<void> {
    const open = await rowsOf<{ id: string }>(
      this.sql,
      `SELECT id FROM ${this.schema}.incidents WHERE key = $1 AND status = 'open'`,
      [key],
    );
    for (const { id } of open) await this.resolve(id, by, resolution);
  }

  /** Closes the open incident about something, if there is one. */
  async resolveAbout(key: string, by: string, resolution: string): Promise<void> {
    const text = `SELECT id FROM ${this.schema}.incidents WHERE key = $1 AND status = 'open'`;
    for (const { id } of await rowsOf<{ id: string }>(this.sql, text, [key]))
      await this.resolve(id, by, resolution);
  }

  /** Open incidents about runs of a partition. */
  openIn(partition: number): Promise<{ id: string; runId: string; kind: string }[]> {
    return rowsOf(
      this.sql,
      `SELECT id, run_id AS "runId", kind FROM ${this.schema}.incidents WHERE partition = $1 AND status = 'open'`,
      [partition],
    );
  }

  /** Open incidents of a kind, with what each is about. */
  openOf(kind: string): Promise<{ id: string; key: string }[]> {
    const text = `SELECT id, key FROM ${this.schema}.incidents WHERE kind = $1 AND status = 'open'`;
    return rowsOf(this.sql, text, [kind]);
  }

  /** Open ones first, then the newest. */
  async list(status: string | undefined, limit: number): Promise<Incident[]> {
    const rows = await rowsOf<Row>(
      this.sql,
      `SELECT ${COLUMNS} FROM ${this.schema}.incidents WHERE $1::text IS NULL OR status = $1
       ORDER BY status = 'open' DESC, raised_at DESC LIMIT $2`,
      [status, limit],
    );
    return rows.map(toIncident);
  }

  /** Throws `incident.unknown`. */
  async show(id: string): Promise<Incident> {
    const text = `SELECT ${COLUMNS} FROM ${this.schema}.incidents WHERE id = $1`;
    const [row] = await rowsOf<Row>(this.sql, text, [uuid(id)]);
    if (row) return toIncident(row);
    throw unknown(id);
  }
}

const unknown = (id: string): AppError =>
  new AppError('incident.unknown', `There is no incident ${id}: \`trimtab incidents list\` shows them.`);

function uuid(id: string): string {
  if (/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(id)) return id;
  throw unknown(id);
}

const tell = (
  say: Say,
  type: 'trimtab.incident.raised.v1' | 'trimtab.incident.resolved.v1',
  incident: Incident,
): void => say(publicEvent(type, `incident/${incident.id}`, { incident }), incident.runId ?? undefined);

const toIncident = (row: Row): Incident => ({
  id: row.id,
  kind: row.kind,
  runId: row.run_id,
  message: row.message,
  details: JSON.parse(row.details) as Record<string, unknown>,
  status: row.status,
  raisedAt: row.raised_at.toISOString(),
  lastSeenAt: row.last_seen_at.toISOString(),
  repairs: row.repairs,
  resolvedAt: row.resolved_at?.toISOString() ?? null,
  resolvedBy: row.resolved_by,
  resolution: row.resolution,
});
