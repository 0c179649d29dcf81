import { describe, expect, it } from '@jest/globals';
import { memoryEventStore } from '@trimtab/event-store/testing';
import type { EventLog } from '@trimtab/event-store';
import { advance, compileWorkflow, defineWorkflow, isTerminalRun } from '@trimtab/workflow';
import type { RunInput, RunState } from '@trimtab/workflow';
import { RunVerifier } from './run-verifier.js';

const at = '2026-11-01T00:00:00.000Z';
const runId = '00000000-0000-8000-8000-000000000001';
const stream = `run-${runId}`;
const workflow = compileWorkflow(
  defineWorkflow({ name: 'flow', version: '1', tasks: { a: { uses: 'test.work' } } }),
);
const start = {
  ...{ kind: 'start', runId, workflow: { name: 'flow', version: '1', digest: 'd' }, input: {} },
  by: { kind: 'person', id: 'anna' },
};
const result = {
  ...{ kind: 'taskResult', task: 'a', attempt: 1, claim: 1 },
  outcome: { kind: 'completed', output: {} },
};

const idOf = (n: number): string => `00000000-0000-7000-8000-${String(n).padStart(12, '0')}`;

/** A run as its owner stores it: what an input leads to, with the row that lists it. */
function owner() {
  const { log, writer } = memoryEventStore({ partitions: 1 });
  let state: RunState | undefined;
  const give = async (input: object): Promise<void> => {
    const before = state?.version ?? 0;
    const decided = advance(workflow, state, { id: 'i', at, ...input } as RunInput, { random: 0 });
    if (!decided.state) throw new Error('it was refused');
    state = decided.state;
    const { status, version } = state;
    const rows = decided.events.map((data, i) => ({
      id: idOf(before + i),
      stream,
      type: data.type,
      at,
      data,
    }));
    const listed = { run: runId, stream, status, terminal: isTerminalRun(status), version, data: {} };
    await writer.append(0, stream, before, rows, { attachments: [{ kind: 'run.upsert', ...listed }] });
  };
  return { log, give };
}

const verifierOf = (log: EventLog, runs: readonly string[] = []): RunVerifier => {
  const definitions = { pinned: () => Promise.resolve(workflow), isIntact: () => Promise.resolve(true) };
  return new RunVerifier(log, definitions, () => Promise.resolve(runs));
};

describe('verifying what is stored of runs', () => {
  it('does not take for damage what the owner of a run stored while it was read', async () => {
    const { log, give } = owner();
    await give(start);
    let meanwhile: Promise<void> | undefined;
    const read = async (name: string): Promise<Awaited<ReturnType<EventLog['readStream']>>> => {
      await (meanwhile ??= give(result));
      return log.readStream(name);
    };
    const whileItGoesOn = Object.assign(Object.create(log) as EventLog, { readStream: read });
    const verified = await verifierOf(whileItGoesOn).verify(runId);
    expect(verified).toMatchObject({ ok: true, status: 'COMPLETED', problems: [] });
  });

  it('passes over a run that was archived since it was listed', async () => {
    const { log, give } = owner();
    await give(start);
    const { items, next } = await verifierOf(log, [runId, 'archived']).page(undefined, 2);
    expect([items.map((one) => one.runId), next]).toEqual([[runId], 'archived']);
  });
});
