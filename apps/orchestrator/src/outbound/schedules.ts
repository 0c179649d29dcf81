import type { Schedule, ScheduleSettings } from '@trimtab/contracts';
import { rowsOf } from '@trimtab/event-store';
import type { Sql } from '@trimtab/event-store';
import { AppError } from '@trimtab/kernel';
import type { Announcements, Say } from './announcements.js';
import { ScheduleTicks } from './schedule-ticks.js';

/** A schedule as it is kept. */
export interface StoredSchedule {
  readonly id: string;
  /** Tells it from another one of the same name that was there before. */
  readonly key: string;
  readonly settings: ScheduleSettings;
  readonly status: Schedule['status'];
  /** Every nominal time up to here is decided; it never goes back. */
  readonly decidedUntil: Date;
  /** The next nominal time and when its run starts; null when there is none, or while paused. */
  readonly nextAt: Date | null;
  readonly dueAt: Date | null;
  readonly createdAt: Date;
  readonly createdBy: string;
  readonly changedAt: Date;
  readonly changedBy: string;
  readonly reason: string | null;
}

type Row = Omit<StoredSchedule, 'settings'> & { readonly settings: string };

const COLUMNS = `id, key, settings, status, decided_until AS "decidedUntil", next_at AS "nextAt", due_at AS "dueAt",
  created_at AS "createdAt", created_by AS "createdBy", changed_at AS "changedAt", changed_by AS "changedBy", reason`;
const LOCKS = { wait: 'FOR UPDATE', skip: 'FOR UPDATE SKIP LOCKED', none: '' } as const;

/** Schedules that there is something to do about. */
export interface ScheduleWork {
  readonly due: readonly string[];
  /** With ticks that wait for a run to end. */
  readonly waiting: readonly string[];
}

/** Schedules in Postgres; every change and what is said of it are one transaction. */
export class Schedules {
  readonly ticks: ScheduleTicks;

  constructor(
    private readonly sql: Sql,
    private readonly schema: string,
    private readonly announcements: Announcements,
  ) {
    this.ticks = new ScheduleTicks(sql, schema);
  }

  commit<Result>(work: (tx: Sql, say: Say) => Promise<Result>): Promise<Result> {
    return this.announcements.commit(work);
  }

  /** Does the work of a command once: a repetition with its key finds the first one's answer. */
  once<Result>(key: string, work: (tx: Sql, say: Say) => Promise<Result>): Promise<Result> {
    const { schema } = this;
    return this.commit(async (tx, say) => {
      const first = await rowsOf(
        tx,
        `INSERT INTO ${schema}.schedule_commands (key, reply) VALUES ($1, '') ON CONFLICT DO NOTHING RETURNING 1`,
        [key],
      );
      if (first.length === 0) {
        const text = `SELECT reply FROM ${schema}.schedule_commands WHERE key = $1`;
        const [row] = await rowsOf<{ reply: string }>(tx, text, [key]);
        return JSON.parse(row?.reply ?? 'null') as Result;
      }
      const reply = await work(tx, say);
      await tx.query(`UPDATE ${schema}.schedule_commands SET reply = $2 WHERE key = $1`, [
        key,
        JSON.stringify(reply),
      ]);
      return reply;
    });
  }

  /** What is to be done by this time, a part of it at a time. */
  async work(now: Date, limit: number): Promise<ScheduleWork> {
    const due = await rowsOf<{ id: string }>(
      this.sql,
      `SELECT id FROM ${this.schema}.schedules WHERE status = 'active' AND due_at <= $1 ORDER BY due_at LIMIT $2`,
      [now, limit],
    );
    return { due: due.map(({ id }) => id), waiting: await this.ticks.waiting(limit) };
  }

  /** Throws `schedule.unknown`. */
  async find(tx: Sql | undefined, id: string, lock: keyof typeof LOCKS = 'none'): Promise<StoredSchedule> {
    const found = await this.look(tx, id, lock);
    if (found) return found;
    const message = `There is no schedule "${id}": \`trimtab schedules list\` shows them.`;
    throw new AppError('schedule.unknown', message);
  }

  async look(tx: Sql | undefined, id: string, lock: keyof typeof LOCKS): Promise<StoredSchedule | undefined> {
    const text = `SELECT ${COLUMNS} FROM ${this.schema}.schedules WHERE id = $1 ${LOCKS[lock]}`;
    const [row] = await rowsOf<Row>(tx ?? this.sql, text, [id]);
    return row && toSchedule(row);
  }

  /** False when there is one of this name. */
  async insert(tx: Sql, schedule: StoredSchedule): Promise<boolean> {
    const added = await rowsOf(
      tx,
      `INSERT INTO ${this.schema}.schedules (id, key, settings, status, decided_until, next_at, due_at,
         created_at, created_by, changed_at, changed_by, reason)
       VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) ON CONFLICT DO NOTHING RETURNING 1`,
      valuesOf(schedule),
    );
    return added.length > 0;
  }

  async save(tx: Sql, schedule: StoredSchedule): Promise<void> {
    await tx.query(
      `UPDATE ${this.schema}.schedules SET key = $2, settings = $3, status = $4, decided_until = $5, next_at = $6,
         due_at = $7, created_at = $8, created_by = $9, changed_at = $10, changed_by = $11, reason = $12
       WHERE id = $1`,
      valuesOf(schedule),
    );
  }

  /** Looks at it later: something is wrong with it now. */
  async postpone(id: string, until: Date): Promise<void> {
    await this.sql.query(`UPDATE ${this.schema}.schedules SET due_at = $2 WHERE id = $1`, [id, until]);
  }

  async remove(tx: Sql, id: string): Promise<void> {
    await tx.query(`DELETE FROM ${this.schema}.schedules WHERE id = $1`, [id]);
  }

  async list(status: string | undefined): Promise<Schedule[]> {
    const rows = await rowsOf<Row>(
      this.sql,
      `SELECT ${COLUMNS} FROM ${this.schema}.schedules WHERE $1::text IS NULL OR status = $1 ORDER BY id`,
      [status],
    );
    return this.views(this.sql, rows.map(toSchedule));
  }

  /** What people see of a schedule. */
  async view(tx: Sql | undefined, schedule: StoredSchedule): Promise<Schedule> {
    const [view] = await this.views(tx ?? this.sql, [schedule]);
    if (!view) throw new TypeError('one schedule has one view');
    return view;
  }

  /** Forgets answers that nobody repeats a question for, and old ticks. */
  async prune(olderThanMs: number): Promise<void> {
    await this.sql.query(
      `DELETE FROM ${this.schema}.schedule_commands WHERE at < now() - $1 * interval '1 millisecond'`,
      [olderThanMs],
    );
    await this.ticks.prune();
  }

  private async views(tx: Sql, schedules: readonly StoredSchedule[]): Promise<Schedule[]> {
    const ids = schedules.map(({ id }) => id);
    const last = await this.ticks.last(tx, ids);
    const counts = await this.ticks.counts(tx, ids);
    return schedules.map(({ id, settings, status, nextAt, dueAt, createdAt, changedAt, ...rest }) => ({
      id,
      ...settings,
      status,
      nextTime: nextAt?.toISOString() ?? null,
      nextStart: dueAt?.toISOString() ?? null,
      lastTick: last.get(id) ?? null,
      openRuns: counts.get(id)?.open ?? 0,
      queued: counts.get(id)?.queued ?? 0,
      createdAt: createdAt.toISOString(),
      createdBy: rest.createdBy,
      changedAt: changedAt.toISOString(),
      changedBy: rest.changedBy,
      reason: rest.reason,
    }));
  }
}

const toSchedule = ({ settings, ...row }: Row): StoredSchedule => ({
  ...row,
  settings: JSON.parse(settings) as ScheduleSettings,
});

const valuesOf = (schedule: StoredSchedule): unknown[] => [
  schedule.id,
  schedule.key,
  JSON.stringify(schedule.settings),
  schedule.status,
  schedule.decidedUntil,
  schedule.nextAt,
  schedule.dueAt,
  schedule.createdAt,
  schedule.createdBy,
  schedule.changedAt,
  schedule.changedBy,
  schedule.reason,
];
