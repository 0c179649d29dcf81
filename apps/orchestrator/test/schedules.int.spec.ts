import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { CatchUp, Overlap, ScheduleTick } from '@trimtab/contracts';
import { eventually } from '@trimtab/testing';
import type { Orchestrator } from '../src/orchestrator.js';
import { DatabaseClock } from '../src/outbound/run-clock.js';
import { worldOf } from './bench.js';
import { HOUR_MS, MINUTE, patience, ScheduleBench } from './schedule-bench.js';

describe('O23 schedules', () => {
  let at: ScheduleBench;
  const instances: Orchestrator[] = [];
  beforeAll(async () => {
    at = await ScheduleBench.open();
    instances.push(at.first);
  });
  afterAll(() => at.dispose());

  it('catch up as promised when three orchestrators come back after 72 hours, once each', async () => {
    const policies: Record<string, { catchUp: CatchUp; runs: number }> = {
      none: { catchUp: 'skip', runs: 0 },
      one: { catchUp: 'one', runs: 1 },
      every: { catchUp: 'all', runs: 72 },
      five: { catchUp: { atMost: 5 }, runs: 5 },
    };
    for (const id of Object.keys(policies))
      await at.create(id, { catchUp: policies[id]?.catchUp, overlap: 'allow' }, { paused: true });
    await Promise.all(instances.splice(0).map((one) => one.stop()));
    const absent = `UPDATE orchestrator.schedules SET status = 'active', due_at = created_at - interval '71 hours',
      decided_until = created_at - interval '72 hours'`;
    await at.pool.query(absent);
    instances.push(...(await Promise.all([1, 2, 3].map(() => at.orchestrator()))));
    const newest = Math.floor((Date.now() - MINUTE * 60_000) / HOUR_MS) * HOUR_MS + MINUTE * 60_000;
    const nominal = Array.from({ length: 72 }, (_, i) => new Date(newest - i * HOUR_MS).toISOString());
    for (const [id, policy] of Object.entries(policies)) {
      await at.until(id, 'skipped', 72 - policy.runs);
      const started = await at.until(id, 'started', policy.runs);
      expect((await at.ticks(id)).map(({ nominalTime }) => nominalTime)).toEqual(nominal);
      expect(started.map(({ nominalTime }) => nominalTime)).toEqual(nominal.slice(0, policy.runs));
      expect(await at.runs(id)).toEqual(started.map(({ runId }) => runId).sort());
    }
    for (const runId of await at.runs('every')) await at.bench.until(runId, 'COMPLETED');
    const inputs = at.bench.received.map(({ data }) => (data.input as { at: string }).at);
    expect(inputs).toEqual(expect.arrayContaining(nominal));
    await eventually(() => at.told('ticked', 'every').length >= 72, patience);
    expect(at.told('ticked', 'every')).toHaveLength(72);
    const skipped = await eventually(
      () => at.told('skipped', 'none').length > 0 && at.told('skipped', 'none'),
      patience,
    );
    expect(skipped.map(({ data }) => (data as { count: number }).count)).toEqual([72]);
  }, 300_000);

  /** The instance that starts a run of this schedule is cut off from everything before it can note that. */
  const dieAfterStartOf = (schedule: string): Promise<Orchestrator> =>
    new Promise((died) => {
      for (const one of instances) {
        const { router } = worldOf(one);
        const ask = router.ask.bind(router);
        router.ask = async (request) => {
          const answer = await ask(request);
          if (request.kind !== 'start' || request.labels.schedule !== schedule) return answer;
          // Only the first one dies, should two have taken the tick.
          if (!Object.hasOwn(router, 'ask')) return answer;
          for (const { router: other } of instances.map(worldOf)) Reflect.deleteProperty(other, 'ask');
          await at.bench.crash(one);
          died(one);
          throw new Error('cut off');
        };
      }
    });

  it('start one run when its starter dies between the start and the note of it', async () => {
    await at.create('dying');
    const death = dieAfterStartOf('dying');
    await at.hourPasses('dying');
    const dead = await death;
    instances.splice(instances.indexOf(dead), 1);
    const [tick] = await at.until('dying', 'started', 1);
    expect(await at.runs('dying')).toEqual([tick?.runId]);
    await at.bench.until(tick?.runId ?? '', 'COMPLETED');
  });

  it('start nothing twice when the clock is set back, and go on when it is right again', async () => {
    const right = Object.getOwnPropertyDescriptor(DatabaseClock.prototype, 'ms')?.get;
    /** All clocks are off by so much from now, also when they ask the database again. */
    const set = (off: number): void => {
      for (const { clock } of instances.map(worldOf))
        Object.defineProperty(clock, 'ms', { configurable: true, get: () => right?.call(clock) + off });
    };
    await at.create('shaky', { catchUp: 'all', overlap: 'allow' });
    set(HOUR_MS);
    const [ahead] = await at.until('shaky', 'started', 1);
    set(-24 * HOUR_MS);
    await at.create('canary');
    await at.away('canary', 30 * HOUR_MS);
    await at.until('canary', 'started', 1);
    expect((await at.ticks('shaky')).map(({ runId }) => runId)).toEqual([ahead?.runId]);
    set(2 * HOUR_MS);
    await at.until('shaky', 'started', 2);
    set(0);
    const nominal = (await at.ticks('shaky')).map(({ nominalTime }) => Date.parse(nominalTime));
    expect((nominal[0] ?? 0) - (nominal[1] ?? 0)).toBe(HOUR_MS);
    expect(await at.runs('shaky')).toHaveLength(2);
  });

  it.each<[Overlap, ScheduleTick['outcome'], string]>([
    ['allow', 'started', 'RUNNING'],
    ['skip', 'skipped', 'RUNNING'],
    ['queue', 'queued', 'RUNNING'],
    ['cancel-previous', 'started', 'CANCELLED'],
  ])(
    'under the overlap %s make the next tick %s and leave the run before %s',
    async (overlap, outcome, before) => {
      const id = `over-${overlap}`;
      await at.create(id, { workflow: 'patient', overlap, catchUp: 'one' });
      await at.hourPasses(id);
      const [first] = await at.until(id, 'started', 1);
      await at.hourPasses(id);
      const second = await eventually(
        async () =>
          (await at.show(id)).ticks.find((tick) => tick.runId !== first?.runId && tick.outcome === outcome),
        patience,
      );
      await at.bench.until(first?.runId ?? '', before);
      await at.bench.ask('signal-run', {
        runId: before === 'RUNNING' ? first?.runId : second.runId,
        name: 'go',
      });
      if (overlap !== 'queue') return;
      await at.until(id, 'started', 2);
      await at.bench.until(second.runId, 'RUNNING');
    },
  );
});
