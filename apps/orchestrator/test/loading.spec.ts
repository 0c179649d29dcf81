import { describe, expect, it } from '@jest/globals';
import { memoryEventStore } from '@trimtab/event-store/testing';
import type { EventLog } from '@trimtab/event-store';
import { defineWorkflow } from '@trimtab/workflow';
import { RecoveryPace } from '../src/domain/recovery-pace.js';
import { PartitionRuns } from '../src/handlers/partition-runs.js';
import { RunVerifier } from '../src/handlers/run-verifier.js';
import type { World } from '../src/handlers/world.js';
import { DatabaseClock } from '../src/outbound/run-clock.js';
import { Random } from './simulation/engine/random.js';
import { simLogger } from './simulation/world/sim-logger.js';
import { SimDefinitions } from './simulation/world/workflows.js';

const flow = defineWorkflow({ name: 'flow', version: '1', tasks: { a: { uses: 'sim.work' } } });
const definitions = new SimDefinitions([{ definition: flow, conditions: new Map() }]);
const random = new Random(1);
const { log, writer } = memoryEventStore({ partitions: 1 });

/** Counts what is asked of a log. */
function counted(calls: Map<string, number>): EventLog {
  return new Proxy<EventLog>(log, {
    get(target, name) {
      const member = Reflect.get(target, name) as unknown;
      if (typeof member !== 'function') return member;
      calls.set(String(name), (calls.get(String(name)) ?? 0) + 1);
      return member.bind(target) as unknown;
    },
  });
}

/** One owner after the other of the same partition. */
function owner(calls = new Map<string, number>()): PartitionRuns {
  const world = {
    ...{ appender: writer, log: counted(calls), logger: simLogger(() => undefined) },
    definitions,
    clock: new DatabaseClock(() => Promise.resolve(new Date())),
    traces: { admits: () => true },
    bus: { send: () => Promise.resolve(1), cancel: () => undefined, computes: () => false },
    held: { newest: () => Promise.resolve(0), oldest: () => Promise.resolve(undefined) },
    pace: new RecoveryPace({ began: () => undefined, ended: () => undefined }),
    spans: { record: () => undefined },
    ...{ random: () => 0, newId: () => random.uuid(), stored: () => undefined, fenced: () => undefined },
  } as unknown as World;
  return new PartitionRuns({ partition: 0, epoch: 1, lastSequence: 0, lastBatch: null }, world);
}

const start = (runs: PartitionRuns, input: Record<string, string | number>): Promise<{ runId: string }> =>
  runs.starting.start({
    ...{ kind: 'start', runId: random.uuid(), workflow: 'flow', input, labels: {} },
    by: { kind: 'person', id: 'anna' },
  });

describe('open runs', () => {
  it('are loaded by a number of statements that does not grow with theirs, and none is stopped by another', async () => {
    const first = owner();
    const large = await start(first, { text: 'x'.repeat(500_000) });
    const started = await Promise.all(Array.from({ length: 120 }, (_, n) => start(first, { n })));
    const damaged = started.pop();
    const begin = log.events.find(({ stream }) => stream === `run-${damaged?.runId}`);
    Object.assign(begin?.data as object, { type: 'TaskSkipped' });
    first.close();

    const calls = new Map<string, number>();
    const heir = owner(calls);
    expect(await heir.recover()).toBe(121);
    expect(heir.memory.size).toBe(120);
    for (const { runId } of [large, ...started])
      expect(heir.memory.get(runId)?.state.tasks.get('a')?.status).toBe('QUEUED');
    const asked = [...calls.values()].reduce((sum, count) => sum + count, 0);
    expect(asked).toBeLessThan(15);
    heir.close();
  });

  it('O20 are verified while they change or go between two reads', async () => {
    const runs = owner();
    const { runId } = await start(runs, { n: 0 });
    let reads = 0;
    const changing = new Proxy<EventLog>(log, {
      get(target, name) {
        const member = (Reflect.get(target, name) as (...args: unknown[]) => unknown).bind(target);
        return async (...args: unknown[]) => {
          if (name === 'readStream' && (reads += 1) === 1)
            await runs.give({
              ...{ kind: 'input', runId, key: 'pause' },
              input: { kind: 'pause', by: { kind: 'person', id: 'anna' } },
            });
          return member(...args);
        };
      },
    });
    const intact = { pinned: definitions.pinned.bind(definitions), isIntact: () => Promise.resolve(true) };
    const verifier = new RunVerifier(changing, intact, () => Promise.resolve([runId]));
    expect(await verifier.verify(runId)).toMatchObject({ ok: true, status: 'PAUSED', problems: [] });
    expect(reads).toBe(2);
    const archived = new RunVerifier(log, intact, () => Promise.resolve([runId, 'archived meanwhile']));
    expect(await archived.page(undefined, 10)).toMatchObject({ items: [{ runId, ok: true }], next: null });
    runs.close();
  });
});
