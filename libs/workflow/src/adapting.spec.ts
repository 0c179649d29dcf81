import { describe, expect, it } from '@jest/globals';
import { advance, compileWorkflow, defineWorkflow, evolve, isSafetyStep, snapshotOf } from './index.js';
import type { RunEvent, RunInput, RunState, WorkflowDocument } from './index.js';

const at = '2026-11-01T00:00:00.000Z';
const by = { kind: 'person', id: 'anna' } as const;
const task = { uses: 'test.work' };

/** A run of these tasks that inputs are given to. */
function given(tasks: WorkflowDocument['tasks'], input = {}) {
  const definition = defineWorkflow({ name: 'flow', version: '1', tasks });
  const workflow = compileWorkflow(definition);
  const events: RunEvent[] = [];
  let state: RunState | undefined;
  const give = (bare: object): readonly RunEvent[] => {
    const decided = advance(workflow, state, { id: 'i', at, ...bare } as RunInput, { random: 0 });
    state = decided.state;
    events.push(...decided.events);
    return decided.events;
  };
  const ref = { name: 'flow', version: '1', digest: 'd' };
  give({ kind: 'start', runId: 'r', workflow: ref, input, by });
  const done = (name: string, attempt = 1): readonly RunEvent[] =>
    give({ kind: 'taskResult', task: name, attempt, claim: 1, outcome: { kind: 'completed', output: {} } });
  const statusOf = (name: string): string | undefined => state?.tasks.get(name)?.status;
  const replayed = (): RunState | undefined =>
    events.reduce<RunState | undefined>((before, event) => evolve(workflow, before, event), undefined);
  return { workflow, give, done, statusOf, replayed, state: () => state as RunState };
}

const adapt = (change: object, on = true) => ({
  kind: 'adapt',
  ...{ policy: 'slow', reason: 'latency', on, change: { service: 'test', ...change } },
});

describe('adapting a run', () => {
  it('skips optional tasks that become ready, and no longer once it is over', () => {
    const optional = { ...task, optional: true, needs: ['a'] };
    const run = given({ a: task, b: optional, c: { ...task, needs: ['b'] } });
    const [event] = run.give(adapt({ do: 'skip-optional' }));
    expect(event).toMatchObject({ type: 'RunAdapted', tasks: ['b'], reason: 'latency' });
    expect(run.give(adapt({ do: 'skip-optional' }))).toEqual([]);
    run.done('a');
    expect([run.statusOf('b'), run.statusOf('c')]).toEqual(['SKIPPED', 'QUEUED']);
    const other = given({ a: task, b: optional });
    other.give(adapt({ do: 'skip-optional' }));
    other.give(adapt({ do: 'skip-optional' }, false));
    other.done('a');
    expect(other.statusOf('b')).toBe('QUEUED');
  });

  it('narrows a fan-out that is under way, and widens it again', () => {
    const run = given(
      { each: { ...task, forEach: 'input.list', concurrency: 4 } },
      { list: [1, 2, 3, 4, 5, 6, 7] },
    );
    run.give(adapt({ do: 'concurrency', share: 0.5 }));
    for (const i of [0, 1]) run.done(`each[${i}]`);
    expect(run.statusOf('each[4]')).toBeUndefined();
    run.done('each[2]');
    expect(run.statusOf('each[4]')).toBe('QUEUED');
    run.give(adapt({ do: 'concurrency', share: 0.5 }, false));
    expect(run.statusOf('each[6]')).toBe('QUEUED');
  });

  it('takes an alternative branch', () => {
    const run = given({
      a: task,
      usual: { ...task, needs: ['a'], when: 'run.branch == ""' },
      instead: { ...task, needs: ['a'], when: 'run.branch == "small"' },
    });
    run.give(adapt({ do: 'branch', name: 'small' }));
    run.done('a');
    expect([run.statusOf('usual'), run.statusOf('instead')]).toEqual(['SKIPPED', 'QUEUED']);
  });

  it('never touches a safety step: an approval, what it guards, what has an effect, or what one of these needs', () => {
    const run = given({
      a: task,
      plan: { ...task, optional: true, needs: ['a'], when: 'run.branch == ""' },
      ok: { uses: 'approval', needs: ['plan'] },
      act: { ...task, needs: ['ok'] },
      effect: { ...task, optional: true, needs: ['a'], compensate: { uses: 'test.undo' } },
      report: { ...task, optional: true, needs: ['a'] },
    });
    const steps = ['a', 'plan', 'ok', 'act', 'effect', 'report'].filter((id) =>
      isSafetyStep(run.workflow, id),
    );
    expect(steps).toEqual(['a', 'plan', 'ok', 'act', 'effect']);
    expect(run.give(adapt({ do: 'skip-optional' }))[0]).toMatchObject({ tasks: ['report'] });
    expect(run.give(adapt({ do: 'branch', name: 'small' }))).toEqual([]);
    run.done('a');
    expect(['plan', 'effect', 'report'].map(run.statusOf)).toEqual(['QUEUED', 'QUEUED', 'SKIPPED']);
  });

  it('survives replay and snapshots', () => {
    const run = given({ a: task, b: { ...task, optional: true, needs: ['a'] } });
    run.give(adapt({ do: 'skip-optional' }));
    expect(run.replayed()).toEqual(run.state());
    expect(snapshotOf(run.state()).adapted).toMatchObject([{ policy: 'slow' }]);
  });
});

describe('a queued attempt that nobody takes', () => {
  it('is moved as a new attempt where the world says, and its late answer changes nothing', () => {
    const definition = defineWorkflow({ name: 'flow', version: '1', tasks: { a: task } });
    const workflow = compileWorkflow(definition);
    const start = { kind: 'start', id: 'i', at, runId: 'r', input: {}, by } as const;
    const ref = { name: 'flow', version: '1', digest: 'd' };
    const { state } = advance(workflow, undefined, { ...start, workflow: ref }, { random: 0 });
    const record = { policy: 'p', reason: 'gone', reroutedFrom: 'default' };
    const route = () => ({ to: 'pool', pool: 'reserve', record }) as const;
    const input = { kind: 'reroute', id: 'i', at, task: 'a', attempt: 1 } as const;
    const moved = advance(workflow, state, input, { random: 0, route });
    expect(moved.events).toMatchObject([{ type: 'TaskQueued', attempt: 2, pool: 'reserve', route: record }]);
    expect(moved.commands.map(({ kind }) => kind)).toEqual(
      expect.arrayContaining(['cancelTask', 'sendTask']),
    );
    expect(advance(workflow, moved.state, input, { random: 0, route }).events).toEqual([]);
    const outcome = { kind: 'completed', output: 'late' } as const;
    const late = { kind: 'taskResult', id: 'i', at, task: 'a', attempt: 1, claim: 9, outcome } as const;
    expect(advance(workflow, moved.state, late, { random: 0, route }).events).toEqual([]);
  });

  it('that waits for a worker says so once, however often it is looked for', () => {
    const workflow = compileWorkflow(defineWorkflow({ name: 'flow', version: '1', tasks: { a: task } }));
    const route = () => ({ to: 'wait', on: 'service:test.work' }) as const;
    const env = { random: 0, route };
    const ref = { name: 'flow', version: '1', digest: 'd' };
    const start = { kind: 'start', id: 'i', at, runId: 'r', input: {}, by, workflow: ref } as const;
    const { state, events } = advance(workflow, undefined, start, env);
    expect(events.at(-1)).toMatchObject({ type: 'TaskWaiting', wait: { missing: ['service:test.work'] } });
    const seen = { kind: 'dependencyAppeared', id: 'i', at, key: 'service:test.work' } as const;
    expect(advance(workflow, state, seen, env).events).toEqual([]);
    const there = { random: 0, route: () => ({ to: 'pool', pool: 'b' }) as const };
    expect(advance(workflow, state, seen, there).events).toMatchObject([{ type: 'TaskQueued', pool: 'b' }]);
  });
});
