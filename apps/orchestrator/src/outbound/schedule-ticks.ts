import type { ScheduleTick } from '@trimtab/contracts';
import { rowsOf } from '@trimtab/event-store';
import type { Sql } from '@trimtab/event-store';
import type { ErrorInfo } from '@trimtab/kernel';
import type { Actor } from '@trimtab/workflow';

/** A tick as it is kept; its run has the id whether it is started or not. */
export interface StoredTick {
  readonly runId: string;
  readonly schedule: string;
  readonly nominal: Date;
  readonly kind: ScheduleTick['kind'];
  readonly outcome: ScheduleTick['outcome'];
  readonly reason: string | null;
  readonly error: ErrorInfo | null;
  readonly by: Actor;
  /** While it waits, the runs before it are cancelled. */
  readonly cancels: boolean;
  readonly decidedAt: Date;
  readonly startedAt: Date | null;
}

export type NewTick = Omit<StoredTick, 'error' | 'startedAt'>;

type Row = Omit<StoredTick, 'error' | 'by'> & { readonly error: string | null; readonly by: string };

const COLUMNS = `run_id AS "runId", schedule, nominal, kind, outcome, reason, error, by, cancels,
  decided_at AS "decidedAt", started_at AS "startedAt"`;

/** Of each schedule so many ticks are remembered, beside those that are not done. */
const REMEMBERED = 200;
/** A claim that seems to end after so long was made before the clock was set back. */
const CLOCK_MOVED_MS = 120_000;

/** What became of the nominal times of schedules. */
export class ScheduleTicks {
  constructor(
    private readonly sql: Sql,
    private readonly schema: string,
  ) {}

  /** Adds ticks; a nominal time that has a tick keeps it, but one without a run may get one by `again`. */
  async add(tx: Sql, ticks: readonly NewTick[], again = false): Promise<void> {
    const conflict = again
      ? `(schedule, nominal) WHERE kind <> 'trigger' DO UPDATE SET kind = excluded.kind, outcome = excluded.outcome,
           reason = excluded.reason, error = NULL, by = excluded.by, decided_at = excluded.decided_at
         WHERE t.outcome IN ('skipped', 'failed')`
      : 'DO NOTHING';
    for (const tick of ticks)
      await tx.query(
        `INSERT INTO ${this.schema}.schedule_ticks AS t
           (run_id, schedule, nominal, kind, outcome, reason, by, cancels, decided_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT ${conflict}`,
        [
          tick.runId,
          tick.schedule,
          tick.nominal,
          tick.kind,
          tick.outcome,
          tick.reason,
          JSON.stringify(tick.by),
          tick.cancels,
          tick.decidedAt,
        ],
      );
  }

  /** Runs of a schedule that go on or are about to start. */
  async open(tx: Sql, schedule: string): Promise<string[]> {
    const rows = await rowsOf<{ run: string }>(
      tx,
      `SELECT t.run_id AS run FROM ${this.schema}.schedule_ticks t LEFT JOIN ${this.schema}.runs r ON r.run = t.run_id
       WHERE t.schedule = $1 AND (t.outcome = 'starting' OR (t.outcome = 'started' AND NOT r.terminal))`,
      [schedule],
    );
    return rows.map(({ run }) => run);
  }

  /** Ticks that wait for a run to end, in the order they start: those of a backfill last. */
  queued(tx: Sql, schedule: string): Promise<StoredTick[]> {
    return this.select(tx, `schedule = $1 AND outcome = 'queued' ORDER BY kind = 'backfill', nominal`, [
      schedule,
    ]);
  }

  /** Schedules with ticks that wait; what is paused starts only what people asked for. */
  async waiting(limit: number): Promise<string[]> {
    const rows = await rowsOf<{ schedule: string }>(
      this.sql,
      `SELECT DISTINCT t.schedule FROM ${this.schema}.schedule_ticks t JOIN ${this.schema}.schedules s ON s.id = t.schedule
       WHERE t.outcome = 'queued' AND (s.status = 'active' OR t.kind <> 'scheduled') LIMIT $1`,
      [limit],
    );
    return rows.map(({ schedule }) => schedule);
  }

  /** Takes ticks whose runs are to be started; nobody else does until the claim ends. */
  async claim(now: Date, claimMs: number, limit: number): Promise<StoredTick[]> {
    const rows = await rowsOf<Row>(
      this.sql,
      `UPDATE ${this.schema}.schedule_ticks SET claimed_until = $2 WHERE run_id IN (
         SELECT run_id FROM ${this.schema}.schedule_ticks WHERE outcome = 'starting'
           AND (claimed_until IS NULL OR claimed_until <= $1 OR claimed_until > $3)
         ORDER BY nominal LIMIT $4 FOR UPDATE SKIP LOCKED) RETURNING ${COLUMNS}`,
      [now, new Date(now.getTime() + claimMs), new Date(now.getTime() + claimMs + CLOCK_MOVED_MS), limit],
    );
    return rows.map(toTick);
  }

  /** The tick as it is now; undefined when it had this outcome no more. */
  async move(
    tx: Sql,
    runId: string,
    from: ScheduleTick['outcome'],
    to: Partial<Pick<StoredTick, 'reason' | 'error' | 'startedAt'>> & Pick<StoredTick, 'outcome'>,
  ): Promise<StoredTick | undefined> {
    const { outcome, reason = null, error = null, startedAt = null } = to;
    const [row] = await rowsOf<Row>(
      tx,
      `UPDATE ${this.schema}.schedule_ticks SET outcome = $3, reason = $4, error = $5, started_at = $6, claimed_until = NULL
       WHERE run_id = $1 AND outcome = $2 RETURNING ${COLUMNS}`,
      [runId, from, outcome, reason, error && JSON.stringify(error), startedAt],
    );
    return row && toTick(row);
  }

  async one(runId: string): Promise<StoredTick | undefined> {
    const [tick] = await this.select(this.sql, 'run_id = $1', [runId]);
    return tick;
  }

  /** Which of these nominal times have a run, or are about to. */
  async withRun(tx: Sql | undefined, schedule: string, nominal: readonly Date[]): Promise<Set<number>> {
    const rows = await rowsOf<{ nominal: Date }>(
      tx ?? this.sql,
      `SELECT nominal FROM ${this.schema}.schedule_ticks WHERE schedule = $1 AND nominal = ANY ($2)
         AND kind <> 'trigger' AND outcome NOT IN ('skipped', 'failed')`,
      [schedule, nominal],
    );
    return new Set(rows.map((row) => row.nominal.getTime()));
  }

  /** The newest ticks of a schedule. */
  async recent(schedule: string, limit: number): Promise<ScheduleTick[]> {
    const ticks = await this.select(
      this.sql,
      'schedule = $1 ORDER BY decided_at DESC, nominal DESC LIMIT $2',
      [schedule, limit],
    );
    return ticks.map(tickView);
  }

  /** The newest tick of each schedule. */
  async last(tx: Sql, schedules: readonly string[]): Promise<Map<string, ScheduleTick>> {
    const rows = await rowsOf<Row>(
      tx,
      `SELECT DISTINCT ON (schedule) ${COLUMNS} FROM ${this.schema}.schedule_ticks WHERE schedule = ANY ($1)
       ORDER BY schedule, decided_at DESC, nominal DESC`,
      [schedules],
    );
    return new Map(rows.map((row) => [row.schedule, tickView(toTick(row))]));
  }

  async counts(
    tx: Sql,
    schedules: readonly string[],
  ): Promise<Map<string, { open: number; queued: number }>> {
    const rows = await rowsOf<{ schedule: string; open: number; queued: number }>(
      tx,
      `SELECT t.schedule, count(*) FILTER (WHERE t.outcome = 'queued')::int AS queued,
         count(*) FILTER (WHERE t.outcome = 'starting' OR (t.outcome = 'started' AND NOT r.terminal))::int AS open
       FROM ${this.schema}.schedule_ticks t LEFT JOIN ${this.schema}.runs r ON r.run = t.run_id
       WHERE t.schedule = ANY ($1) GROUP BY t.schedule`,
      [schedules],
    );
    return new Map(rows.map((row) => [row.schedule, row]));
  }

  /** Old ticks are forgotten, so that a schedule never grows for ever; what is not done stays. */
  async prune(): Promise<void> {
    await this.sql.query(
      `DELETE FROM ${this.schema}.schedule_ticks WHERE run_id IN (
         SELECT run_id FROM (
           SELECT t.run_id, t.outcome, r.terminal,
             row_number() OVER (PARTITION BY t.schedule ORDER BY t.decided_at DESC, t.nominal DESC) AS place
           FROM ${this.schema}.schedule_ticks t LEFT JOIN ${this.schema}.runs r ON r.run = t.run_id
         ) ranked
         WHERE place > $1 AND outcome NOT IN ('starting', 'queued') AND coalesce(terminal, true))`,
      [REMEMBERED],
    );
  }

  private async select(tx: Sql, where: string, values: unknown[]): Promise<StoredTick[]> {
    const text = `SELECT ${COLUMNS} FROM ${this.schema}.schedule_ticks WHERE ${where}`;
    return (await rowsOf<Row>(tx, text, values)).map(toTick);
  }
}

/** What people see of a tick. */
export const tickView = (tick: StoredTick): ScheduleTick => ({
  scheduleId: tick.schedule,
  nominalTime: tick.nominal.toISOString(),
  kind: tick.kind,
  outcome: tick.outcome,
  reason: tick.reason,
  runId: tick.runId,
  error: tick.error,
  decidedAt: tick.decidedAt.toISOString(),
  startedAt: tick.startedAt?.toISOString() ?? null,
});

const toTick = ({ error, by, ...row }: Row): StoredTick => ({
  ...row,
  error: error === null ? null : (JSON.parse(error) as ErrorInfo),
  by: JSON.parse(by) as Actor,
});
