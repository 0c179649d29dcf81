import type { ScheduleDetail, ScheduleTick } from '@trimtab/contracts';
import { rowsOf } from '@trimtab/event-store';
import type { Envelope } from '@trimtab/kernel';
import { eventually } from '@trimtab/testing';
import type { Orchestrator } from '../src/orchestrator.js';
import { Bench, flow } from './bench.js';
import { openPool } from './connections.js';

export const HOUR_MS = 3_600_000;
export const patience = { timeoutMs: 90_000 };
const quick = { leaseMs: 1_500, sweepMs: 500, scheduleMs: 150 };
const workflows = [
  flow('quick', { tasks: { a: { uses: 'test.work', with: { at: '${ input.at }' } } } }),
  flow('patient', { tasks: { hear: { uses: 'signal', with: { name: 'go' } } } }),
];
/** Half an hour away from now: a spec never runs over the time of a tick by itself. */
export const MINUTE = (new Date().getUTCMinutes() + 30) % 60;
/** Twelve hours away from now, in time zones near UTC too. */
export const DISTANT = `${String((new Date().getUTCHours() + 12) % 24).padStart(2, '0')}:30`;
export const hourly = {
  times: { kind: 'cron', expression: `${MINUTE} * * * *` },
  workflow: 'quick',
  input: { at: '${ schedule.nominalTime }' },
};

/** A bench with a worker, and what specs of schedules look at. */
export class ScheduleBench {
  private constructor(
    readonly bench: Bench,
    readonly pool: ReturnType<typeof openPool>,
    readonly first: Orchestrator,
  ) {}

  static async open(): Promise<ScheduleBench> {
    const bench = await Bench.open();
    const first = await bench.orchestrator(workflows, quick);
    await bench.worker();
    await bench.listen();
    return new ScheduleBench(bench, openPool(bench.servers.databaseUrl), first);
  }

  /** One more instance. */
  orchestrator(): Promise<Orchestrator> {
    return this.bench.orchestrator(workflows, quick);
  }

  async dispose(): Promise<void> {
    await this.pool.end();
    await this.bench.dispose();
  }

  show(id: string): Promise<ScheduleDetail> {
    return this.bench.ask('show-schedule', { id, ticks: 200 });
  }

  create(id: string, settings: object = {}, over: object = {}) {
    return this.bench.ask('create-schedule', { id, settings: { ...hourly, ...settings }, ...over });
  }

  /** Nobody looked at a schedule for so long: as if all instances had been away. */
  away(id: string, ms: number): Promise<unknown> {
    return this.pool.query(
      `UPDATE orchestrator.schedules SET decided_until = decided_until - $2 * interval '1 ms', due_at = now() - $2 * interval '1 ms' WHERE id = $1`,
      [id, ms],
    );
  }

  /** An hour passes: all that was is an hour older, and the next time is due. */
  async hourPasses(id: string): Promise<void> {
    const older = `UPDATE orchestrator.schedule_ticks SET nominal = nominal - interval '1 hour', decided_at = decided_at - interval '1 hour' WHERE schedule = $1`;
    await this.pool.query(older, [id]);
    await this.pool.query('UPDATE orchestrator.schedules SET key = gen_random_uuid() WHERE id = $1', [id]);
    await this.away(id, HOUR_MS);
  }

  async ticks(id: string, ...outcomes: ScheduleTick['outcome'][]): Promise<ScheduleTick[]> {
    const { ticks } = await this.show(id);
    return ticks.filter(({ outcome }) => outcomes.length === 0 || outcomes.includes(outcome));
  }

  until(id: string, outcome: ScheduleTick['outcome'], number: number): Promise<ScheduleTick[]> {
    return eventually(async () => {
      const found = await this.ticks(id, outcome);
      return found.length === number && found;
    }, patience);
  }

  /** Ids of the runs that a schedule has started, as the log knows them. */
  async runs(schedule: string): Promise<string[]> {
    const text = `SELECT run FROM orchestrator.runs WHERE data::jsonb -> 'labels' ->> 'schedule' = $1 ORDER BY run`;
    return (await rowsOf<{ run: string }>(this.pool, text, [schedule])).map(({ run }) => run);
  }

  told(type: string, id: string): Envelope[] {
    return this.bench.events.filter(
      (event) => event.type === `trimtab.schedule.${type}.v1` && event.subject === `schedule/${id}`,
    );
  }
}
