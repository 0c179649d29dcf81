import { describe, expect, it } from '@jest/globals';
import { memoryEventStore } from '@trimtab/event-store/testing';
import { AppError } from '@trimtab/kernel';
import { defineWorkflow } from '@trimtab/workflow';
import { PartitionRuns } from '../src/handlers/partition-runs.js';
import type { StartRun, World } from '../src/handlers/world.js';
import { RecoveryPace } from '../src/domain/recovery-pace.js';
import { DatabaseClock } from '../src/outbound/run-clock.js';
import { Random } from './simulation/engine/random.js';
import { simLogger } from './simulation/world/sim-logger.js';
import { SimDefinitions } from './simulation/world/workflows.js';

const runId = '00000000-0000-8000-8000-000000000001';
const flow = defineWorkflow({
  name: 'flow',
  version: '1',
  tasks: { a: { uses: 'sim.work' }, b: { uses: 'sim.work', needs: ['a'] } },
});
const start: StartRun = {
  ...{ kind: 'start', runId, workflow: 'flow', input: {}, labels: {} },
  by: { kind: 'person', id: 'anna' },
};
const times = { startedAt: '2026-11-01T00:00:00.000Z', endedAt: '2026-11-01T00:00:01.000Z', worker: 'w' };
const resultOf = (task: string) =>
  ({ ...times, runId, task, attempt: 1, claim: 1, outcome: { kind: 'completed', output: {} } }) as const;

/** A partition in memory; `lose` is another instance that takes it. */
function owner() {
  const { log, writer } = memoryEventStore({ partitions: 1 });
  const random = new Random(1);
  const world = {
    ...{
      appender: writer,
      log,
      logger: simLogger(() => undefined),
      restAfterMs: 60_000,
      resendAfterMs: 20_000,
    },
    definitions: new SimDefinitions([{ definition: flow, conditions: new Map() }]),
    clock: new DatabaseClock(() => Promise.resolve(new Date())),
    bus: {
      send: () => Promise.resolve(1),
      heard: () => undefined,
      cancel: () => undefined,
      computes: () => false,
    },
    held: { newest: () => Promise.resolve(0), oldest: () => Promise.resolve(undefined) },
    pace: new RecoveryPace({ began: () => undefined, ended: () => undefined }),
    spans: { record: () => undefined },
    traces: { admits: () => true },
    ...{ random: () => 0, newId: () => random.uuid(), stored: () => undefined, fenced: () => undefined },
  } as unknown as World;
  const runs = new PartitionRuns({ partition: 0, epoch: 1, lastSequence: 0, lastBatch: null }, world);
  return { runs, log, lose: () => writer.fence(0) };
}

const fenced = expect.objectContaining({ code: 'partition.fenced', retry: 'later' });

describe('the owner of a partition that was taken', () => {
  it('accepts neither a start that is not stored nor its repetition', async () => {
    const { runs, log, lose } = owner();
    const both = [runs.starting.start(start), runs.starting.start(start)];
    lose();
    const outcomes = await Promise.allSettled(both);
    expect(outcomes).toEqual([
      { status: 'rejected', reason: fenced },
      { status: 'rejected', reason: fenced },
    ]);
    expect(log.events).toEqual([]);
  });

  it('does not take a repeated result when the first one was not stored', async () => {
    const { runs, lose } = owner();
    await runs.starting.start(start);
    const both = [runs.answer(resultOf('a')), runs.answer(resultOf('a'))];
    lose();
    for (const outcome of await Promise.allSettled(both)) expect(outcome.status).toBe('rejected');
  });

  it('does not judge a result or a command by what it remembers', async () => {
    const { runs, lose } = owner();
    await runs.starting.start(start);
    lose();
    await expect(runs.answer(resultOf('b'))).rejects.toThrow(AppError);
    await runs.starting.start(start).catch(() => undefined);
    const resume = { kind: 'resume', by: start.by } as const;
    await expect(runs.give({ kind: 'input', runId, input: resume })).rejects.not.toMatchObject({
      code: 'workflow.not-paused',
    });
  });
});

describe('the owner of a partition', () => {
  it('refuses a command exactly, and lets go of a stale result', async () => {
    const { runs } = owner();
    await runs.starting.start(start);
    await runs.answer(resultOf('b'));
    const resume = { kind: 'resume', by: start.by } as const;
    await expect(runs.give({ kind: 'input', runId, input: resume })).rejects.toMatchObject({
      code: 'workflow.not-paused',
    });
  });
});
