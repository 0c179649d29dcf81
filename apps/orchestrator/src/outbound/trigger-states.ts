import { rowsOf } from '@trimtab/event-store';
import type { Sql } from '@trimtab/event-store';

/** The phase that an adaptive trigger is in, and since when. */
export interface TriggerPhase {
  readonly name: string;
  readonly on: boolean;
  /** Epoch milliseconds. */
  readonly changedAt: number;
  readonly reason: string;
}

/** Phases of triggers, so that a cool-down outlives the instance that began it. */
export class TriggerStates {
  constructor(
    private readonly sql: Sql,
    private readonly schema: string,
  ) {}

  async all(): Promise<TriggerPhase[]> {
    const text = `SELECT name, "on", changed_at AS "changedAt", reason FROM ${this.schema}.trigger_states`;
    const rows = await rowsOf<Omit<TriggerPhase, 'changedAt'> & { changedAt: string }>(this.sql, text);
    return rows.map((row) => ({ ...row, changedAt: Number(row.changedAt) }));
  }

  /** True when it was in the other phase before. Two instances may both believe that they lead: the newer change counts. */
  async save(sql: Sql, { name, on, changedAt, reason }: TriggerPhase): Promise<boolean> {
    const rows = await rowsOf<{ changed: boolean }>(
      sql,
      `WITH before AS (SELECT "on" FROM ${this.schema}.trigger_states WHERE name = $1)
       INSERT INTO ${this.schema}.trigger_states AS t (name, "on", changed_at, reason) VALUES ($1, $2, $3, $4)
       ON CONFLICT (name) DO UPDATE SET "on" = $2, changed_at = $3, reason = $4 WHERE t.changed_at < $3
       RETURNING (SELECT b."on" FROM before b) IS DISTINCT FROM $2 AS changed`,
      [name, on, Math.floor(changedAt), reason],
    );
    return rows[0]?.changed ?? false;
  }
}
