import { setTimeout as sleep } from 'node:timers/promises';
import type { CrashPoint } from '@trimtab/kernel';
import { eventually } from '@trimtab/testing';
import type { ChaosContext, Figures, Scenario } from '../scenario.js';
import { within } from '../scenario.js';
import { crashAt } from '../stack/engine.js';
import type { Engine } from '../stack/engine.js';
import { claimedAgain, partitionsOwnedBy } from '../stack/evidence.js';
import { orderOf, orders } from '../workflows.js';

const ORCHESTRATOR: readonly CrashPoint[] = [
  'run.decided',
  'log.before-commit',
  'log.after-commit',
  'run.stored',
  'bus.before-publish',
  'bus.before-pub-ack',
  'bus.after-pub-ack',
  'bus.before-ack',
  'bus.after-ack',
];
const WORKER: readonly CrashPoint[] = [
  'task.received',
  'effect.before',
  'effect.during',
  'effect.after',
  'task.worked',
  'task.stored',
  'task.published',
  'bus.before-ack',
];
const LEASE_MS = 2_000;
const PATIENCE_MS = 120_000;
const patience = { timeoutMs: PATIENCE_MS };

/**
 * Starts runs, some at a time, until `reached` comes. To whose partition a run belongs is a matter of chance; that enough
 * of them come to the instance that is meant is not. Resolves when all that were asked for have begun.
 */
async function beginUntil<T>(engine: Engine, context: ChaosContext, reached: Promise<T>): Promise<T> {
  const state = { over: false };
  const watched = reached.finally(() => (state.over = true));
  for (;;) {
    const begun = engine.beginAll(orders(context.random, context.of(8, 16), 50));
    await Promise.race([watched, begun.then(() => sleep(200))]);
    if (!state.over) continue;
    await begun;
    return watched;
  }
}

/** A second instance that will die at a point takes its share of the partitions; the first one must take them over. */
async function dieBeside(engine: Engine, context: ChaosContext, point: CrashPoint): Promise<number> {
  const doomed = await engine.orchestrator(crashAt(point, context.random.between(1, 4)));
  const { pid } = doomed;
  await eventually(async () => (await partitionsOwnedBy(engine, pid)) >= 4, patience);
  const takenOver = async (): Promise<number> => {
    const { signal } = await within(PATIENCE_MS, doomed.ended(), `an orchestrator never came to ${point}`);
    context.expect(signal === 'SIGKILL', `at ${point} the orchestrator ended with ${signal}`);
    const died = performance.now();
    await eventually(async () => (await partitionsOwnedBy(engine, pid)) === 0, patience);
    return performance.now() - died;
  };
  const takenMs = await beginUntil(engine, context, takenOver());
  await context.expectEnds(engine);
  return takenMs;
}

export const orchestratorDies: Scenario = {
  fault: 1,
  title: 'kill -9 of the orchestrator at every crash point, seeded how often it passes before',
  promise: 'another instance continues within lease + 5 s; final states equal those of a fault-free run',
  async run(context): Promise<Figures> {
    const engine = await context.engine({ leaseMs: LEASE_MS });
    const points = context.of(['log.after-commit', context.random.pick(ORCHESTRATOR)] as const, ORCHESTRATOR);
    let slowest = 0;
    for (const point of points) slowest = Math.max(slowest, await dieBeside(engine, context, point));
    if (context.form === 'long')
      context.expect(slowest < LEASE_MS + 5_000, `a takeover took ${Math.round(slowest)} ms`);
    return {
      crashPoints: points.length,
      runs: engine.started.length,
      leaseMs: LEASE_MS,
      slowestTakeoverMs: Math.round(slowest),
    };
  },
};

export const workerDies: Scenario = {
  fault: 2,
  title:
    'kill -9 of a worker after it received, before, during and after its effect, before and after its commit',
  promise: 'the command is delivered again under a new token; each effect takes place once',
  async run(context): Promise<Figures> {
    const engine = await context.engine({ workers: 0 });
    const doomed = await Promise.all(
      WORKER.map((point) => engine.worker({ ...crashAt(point), TRIMTAB_CONCURRENCY: '1' })),
    );
    await engine.beginAll(Array.from({ length: WORKER.length * 2 }, (_, n) => orderOf('chain', n)));
    const ends = await within(
      PATIENCE_MS,
      Promise.all(doomed.map((worker) => worker.ended())),
      'not every worker came to its crash point',
    );
    context.expect(
      ends.every(({ signal }) => signal === 'SIGKILL'),
      'a worker ended otherwise than at its crash point',
    );
    await engine.worker();
    await context.expectEnds(engine);
    const again = await claimedAgain(engine);
    context.expect(again > 0, 'no command was claimed twice: nothing was tested');
    context.expect(
      engine.provider.repeated().length === 0,
      `repeated: ${engine.provider.repeated().join(', ')}`,
    );
    return {
      crashPoints: WORKER.length,
      runs: engine.started.length,
      effects: engine.provider.effects.length,
      repeatedEffects: engine.provider.repeated().length,
      commandsClaimedAgain: again,
    };
  },
};

/** Stops processes at their point, lets others do the work, and lets the stopped ones go on when all is over. */
export const zombies: Scenario = {
  fault: 17,
  title:
    'a worker and an orchestrator are stopped (SIGSTOP) in the middle, past lease and ack wait, then go on',
  promise: 'token and epoch refuse what they still do: nothing is written, no effect is repeated',
  async run(context): Promise<Figures> {
    const engine = await context.engine({ workers: 0, leaseMs: LEASE_MS });
    const points = ['effect.before', 'task.worked'] as const;
    const workers = await Promise.all(
      points.map((point) => engine.worker({ ...crashAt(point, 1, 'SIGSTOP'), TRIMTAB_CONCURRENCY: '1' })),
    );
    const writer = await engine.orchestrator(crashAt('run.decided', 5, 'SIGSTOP'));
    const { pid } = writer;
    await eventually(async () => (await partitionsOwnedBy(engine, pid)) >= 4, patience);
    const stopped = [...workers, writer].map((one) => one.prints(/SIGSTOP at .*\n/, PATIENCE_MS));
    await beginUntil(engine, context, Promise.all(stopped));
    await engine.worker();
    await context.expectEnds(engine);
    await eventually(async () => (await partitionsOwnedBy(engine, pid)) === 0, patience);
    const before = await engine.eventCount();
    for (const one of [...workers, writer]) one.thaw();
    await eventually(() => engine.provider.refused > 0, patience);
    // It has noticed that it lost its partitions when it takes a share of them anew.
    await eventually(async () => (await partitionsOwnedBy(engine, pid)) > 0, patience);
    await sleep(context.of(1_000, 5_000));
    const written = (await engine.eventCount()) - before;
    context.expect(written === 0, `${written} events were written after all runs had ended`);
    context.expect(
      engine.provider.repeated().length === 0,
      `repeated: ${engine.provider.repeated().join(', ')}`,
    );
    return {
      runs: engine.started.length,
      zombies: 3,
      effectsRefused: engine.provider.refused,
      repeatedEffects: engine.provider.repeated().length,
      eventsWrittenByZombies: written,
    };
  },
};
