import { inputAt, publicEvent } from '@trimtab/contracts';
import type { Sql } from '@trimtab/event-store';
import { AppError, toErrorInfo } from '@trimtab/kernel';
import type { Clock } from '@trimtab/kernel';
import type { Logger } from '@trimtab/observability';
import { skippedEvents } from '../domain/schedule-events.js';
import { decideTicks } from '../domain/schedule-ticks.js';
import type { Decided, DueSchedule, TickDecision } from '../domain/schedule-ticks.js';
import { nominalTimes, startOf } from '../domain/schedule-times.js';
import type { Say } from '../outbound/announcements.js';
import type { Incidents } from '../outbound/incidents.js';
import { tickView } from '../outbound/schedule-ticks.js';
import type { NewTick, StoredTick } from '../outbound/schedule-ticks.js';
import type { Schedules, StoredSchedule } from '../outbound/schedules.js';
import { inputFor, runIdFor } from './new-run.js';
import type { RunRouter } from './world.js';

export interface SchedulerWorld {
  readonly schedules: Schedules;
  readonly router: RunRouter;
  readonly incidents: Incidents;
  readonly clock: Clock;
  readonly logger: Logger;
  /** How long a tick belongs to the instance that starts its run; then another one does it again. */
  readonly claimMs: number;
}

const AT_A_TIME = 20;
/** Skipped times that are remembered one by one; the event speaks of all. */
const SKIPPED_KEPT = 100;
const LATER_MS = 60_000;

/**
 * Starts runs at the nominal times of schedules; any number of instances may. A decision is one transaction with
 * `decidedUntil`, which only grows; a run follows its durable tick under an id made of schedule and nominal time,
 * so that a repetition, by whomever and after whatever, finds the run that is there.
 */
export class Scheduler {
  constructor(private readonly world: SchedulerWorld) {}

  /** Decides what is due, lets waiting ticks go on, and starts runs. */
  async turn(): Promise<void> {
    const { schedules, clock } = this.world;
    const { due, waiting } = await schedules.work(clock.now(), AT_A_TIME);
    for (const id of due) await this.decideAlone(id);
    for (const id of waiting) await this.release(id);
    await this.startClaimed();
  }

  /** Decides the due times of a schedule whose row is locked; gives back what is to be saved. */
  async decide(tx: Sql, say: Say, schedule: StoredSchedule): Promise<StoredSchedule> {
    const { ticks } = this.world.schedules;
    const now = this.world.clock.now();
    const { id, key, settings, decidedUntil } = schedule;
    const [open, queued] = [await ticks.open(tx, id), await ticks.queued(tx, id)];
    const waiting = queued.filter(({ kind }) => kind !== 'backfill').length;
    const decided = outcomeOf({ key, settings, decidedUntil, open: open.length, queued: waiting }, now);
    if (decided.supersedes) await this.overtake(tx, say, queued);
    await ticks.add(tx, rowsFor(schedule, decided.ticks, now));
    for (const event of skippedEvents(id, decided.ticks, now)) say(event);
    return withNext({ ...schedule, decidedUntil: decided.decidedUntil });
  }

  /** Starts the run of a tick, at once or again; resolves when it is durable, or was put off. */
  async start(tick: StoredTick): Promise<void> {
    const { schedules, router, clock } = this.world;
    const schedule = await schedules.look(undefined, tick.schedule, 'none');
    if (!schedule) return;
    const { workflow, input, labels } = schedule.settings;
    const nominalTime = tick.nominal.toISOString();
    const marks = { schedule: schedule.id, nominalTime, tick: tick.kind };
    try {
      await router.ask({
        kind: 'start',
        runId: tick.runId,
        workflow,
        input: inputFor(workflow, inputAt(input, nominalTime)),
        labels: { ...labels, ...marks },
        by: tick.by,
      });
    } catch (error) {
      if (!(error instanceof AppError) || error.retry === 'later') throw error;
      return this.fail(tick, error);
    }
    await schedules.commit(async (tx, say) => {
      const to = { outcome: 'started', startedAt: clock.now(), reason: tick.reason } as const;
      const started = await schedules.ticks.move(tx, tick.runId, 'starting', to);
      if (!started) return;
      const data = { tick: tickView(started) };
      say(publicEvent('trimtab.schedule.ticked.v1', `schedule/${tick.schedule}`, data), tick.runId);
    });
    await this.world.incidents.settle(incidentKey(tick.schedule), 'scheduler', 'A run was started again.');
  }

  /** Starts it now when that is possible; when it is not, the next turns do. */
  async startNow(tick: StoredTick): Promise<void> {
    await this.start(tick).catch((error: unknown) =>
      this.world.logger.warn('a scheduled run is started again later', { error }),
    );
  }

  /** Ticks that wait are overtaken by a later one. */
  async overtake(tx: Sql, say: Say, queued: readonly StoredTick[]): Promise<void> {
    const now = this.world.clock.now();
    for (const { runId, schedule, nominal } of queued) {
      const to = { outcome: 'skipped', reason: 'overtaken by a later time' } as const;
      if (!(await this.world.schedules.ticks.move(tx, runId, 'queued', to))) continue;
      for (const event of skippedEvents(schedule, [{ nominal, ...to }], now)) say(event);
    }
  }

  /** One schedule that cannot be decided never stops the others. */
  private async decideAlone(id: string): Promise<void> {
    const { schedules, clock, logger } = this.world;
    try {
      await schedules.commit(async (tx, say) => {
        const schedule = await schedules.look(tx, id, 'skip');
        if (schedule?.status !== 'active') return;
        await schedules.save(tx, await this.decide(tx, say, schedule));
      });
    } catch (error) {
      logger.warn('a schedule could not be decided', { schedule: id, error });
      if (!(error instanceof AppError && error.code === UNREADABLE)) return;
      await this.report(id, `Schedule ${id} cannot be decided`, error);
      await schedules.postpone(id, new Date(clock.now().getTime() + LATER_MS));
    }
  }

  /** The first tick that waits goes on when no run of its schedule does; some cancel what they wait for. */
  private async release(id: string): Promise<void> {
    const { schedules } = this.world;
    const cancelled = await schedules.commit(async (tx) => {
      const schedule = await schedules.look(tx, id, 'skip');
      if (!schedule) return undefined;
      const queued = await schedules.ticks.queued(tx, id);
      const next = queued.find(({ kind }) => schedule.status === 'active' || kind !== 'scheduled');
      if (!next) return undefined;
      const runs = await schedules.ticks.open(tx, id);
      if (runs.length > 0) return next.cancels ? { runs, for: next } : undefined;
      await schedules.ticks.move(tx, next.runId, 'queued', { outcome: 'starting' });
      return undefined;
    });
    for (const runId of cancelled?.runs ?? []) await this.cancel(runId, cancelled?.for);
  }

  private async cancel(runId: string, tick: StoredTick | undefined): Promise<void> {
    if (!tick) return;
    const { schedule, by, nominal } = tick;
    const reason = `Schedule ${schedule}: the run for ${nominal.toISOString()} takes its place`;
    const input = { kind: 'cancel', by, reason } as const;
    const key = `schedule-cancel/${tick.runId}/${runId}`;
    try {
      await this.world.router.ask({ kind: 'input', runId, key, input });
    } catch (error) {
      // It has ended meanwhile, or is asked again in the next turn.
      this.world.logger.debug('a run was not cancelled', { runId, error });
    }
  }

  private async startClaimed(): Promise<void> {
    const { schedules, clock, claimMs } = this.world;
    for (let claimed = AT_A_TIME; claimed === AT_A_TIME;) {
      const ticks = await schedules.ticks.claim(clock.now(), claimMs, AT_A_TIME);
      claimed = ticks.length;
      await Promise.all(ticks.map((tick) => this.startNow(tick)));
    }
  }

  private async fail(tick: StoredTick, error: AppError): Promise<void> {
    const { schedules } = this.world;
    const { schedule, runId, nominal } = tick;
    await schedules.commit(async (tx, say) => {
      const to = { outcome: 'failed', reason: error.message, error: toErrorInfo(error) } as const;
      const failed = await schedules.ticks.move(tx, runId, 'starting', to);
      if (!failed) return;
      say(publicEvent('trimtab.schedule.failed.v1', `schedule/${schedule}`, { tick: tickView(failed) }));
    });
    await this.report(
      schedule,
      `Schedule ${schedule} could not start its run for ${nominal.toISOString()}`,
      error,
    );
  }

  private report(id: string, what: string, error: unknown): Promise<void> {
    const { message: cause, code } = toErrorInfo(error);
    const message = `${what}: ${cause} Correct it with \`trimtab schedules update ${id}\`, or delete the schedule.`;
    const incident = {
      key: incidentKey(id),
      kind: 'schedule.failed',
      message,
      details: { schedule: id, code },
    };
    return this.world.incidents.raise(incident);
  }
}

const UNREADABLE = 'schedule.unreadable';

/** Throws `schedule.unreadable` (never). */
function outcomeOf(state: Omit<DueSchedule, 'times'> & Pick<StoredSchedule, 'settings'>, now: Date): Decided {
  try {
    return decideTicks({ ...state, times: nominalTimes(state.settings) }, now);
  } catch (cause) {
    throw new AppError(UNREADABLE, `its times cannot be read (${String(cause)}).`, { cause });
  }
}

const incidentKey = (schedule: string): string => `schedule/${schedule}`;

/** The id of the run for a nominal time: one run, whoever starts it and however often. */
export const runIdAt = ({ key }: Pick<StoredSchedule, 'key'>, nominal: Date): string =>
  runIdFor(`schedule/${key}/${nominal.toISOString()}`);

/** The schedule with its next time as its settings and `decidedUntil` make it. */
export function withNext(schedule: StoredSchedule): StoredSchedule {
  const { settings, key, decidedUntil, status } = schedule;
  const times = nominalTimes(settings);
  const nextAt = status === 'active' ? (times.next(decidedUntil) ?? null) : null;
  return { ...schedule, nextAt, dueAt: nextAt && startOf(times, nextAt, key, settings.jitter) };
}

function rowsFor(schedule: StoredSchedule, ticks: readonly TickDecision[], now: Date): NewTick[] {
  const kept = ticks.filter(({ outcome }, i) => outcome !== 'skipped' || ticks.length - i <= SKIPPED_KEPT);
  return kept.map(({ nominal, outcome, reason }) => ({
    runId: runIdAt(schedule, nominal),
    schedule: schedule.id,
    nominal,
    kind: 'scheduled',
    outcome,
    reason,
    by: { kind: 'schedule', id: schedule.id },
    cancels: schedule.settings.overlap === 'cancel-previous' && outcome === 'queued',
    decidedAt: now,
  }));
}
