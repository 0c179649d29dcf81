import { describe, expect, it } from '@jest/globals';
import { compileWorkflow } from './compile.js';
import { advance } from './decide.js';
import type { WorkflowDocument } from './definition-schema.js';
import type { Advance } from './decide.js';
import { defineWorkflow } from './parse-definition.js';
import type { RunInput } from './inputs.js';
import { DEFAULT_LIMITS } from './limits.js';
import type { RunLimits } from './limits.js';
import { ANNA } from './testing.js';

const at = '2026-11-01T00:00:00.000Z';

const playing = (tasks: WorkflowDocument['tasks'], limits: Partial<RunLimits>) => {
  const workflow = compileWorkflow(defineWorkflow({ name: 'l', version: '1', tasks }));
  const env = { random: 0, limits: { ...DEFAULT_LIMITS, ...limits } };
  const ref = { name: 'l', version: '1', digest: '' };
  const start = { kind: 'start', id: 's', at, runId: 'r', workflow: ref, input: {}, by: ANNA } as const;
  let last: Advance = advance(workflow, undefined, start, env);
  const give = (input: RunInput): Advance => (last = advance(workflow, last.state, input, env));
  return { first: last, give };
};
const done = (task: string, attempt = 1): RunInput => ({
  kind: 'taskResult',
  id: task,
  at,
  task,
  attempt,
  claim: 1,
  outcome: { kind: 'completed', output: null },
});

describe('limits', () => {
  it('of tasks warn near them at the start', () => {
    const tasks = Object.fromEntries(Array.from({ length: 8 }, (_, i) => [`t${i}`, { uses: 'x.y' }]));
    expect(playing(tasks, { tasks: 11 }).first.warnings).toEqual([]);
    expect(playing(tasks, { tasks: 10 }).first.warnings).toEqual([{ limit: 'tasks', is: 8, of: 10 }]);
  });

  it('of tasks refuse the start, and say what to do', () => {
    const { first } = playing({ a: { uses: 'x.y' }, b: { uses: 'x.y' } }, { tasks: 1 });
    expect(first.refusal).toMatchObject({
      code: 'workflow.too-many-tasks',
      message: expect.stringContaining('child workflows'),
    });
  });

  it('of a fan-out warn near them, and fail the task beyond', () => {
    const list = (n: number) => ({ f: { uses: 'x.y', forEach: `[${Array(n).fill(0).join()}]` } });
    expect(playing(list(7), { items: 10 }).first.warnings).toEqual([]);
    expect(playing(list(8), { items: 10 }).first.warnings).toEqual([
      { limit: 'items', is: 8, of: 10, task: 'f' },
    ]);
    expect(playing(list(11), { items: 10 }).first.state?.fate).toMatchObject({
      error: { code: 'workflow.too-many-items' },
    });
  });

  it('of the history warn once, then end the run while `always` tasks still run', () => {
    const chain = Object.fromEntries(
      Array.from({ length: 10 }, (_, i) => [`t${i}`, { uses: 'x.y', needs: i ? [`t${i - 1}`] : [] }]),
    );
    const { give } = playing(
      { ...chain, last: { uses: 'x.y', needs: ['t9'], always: true } },
      { events: 10 },
    );
    const warnings = [0, 1, 2, 3].flatMap((i) => give(done(`t${i}`)).warnings ?? []);
    expect(warnings).toEqual([{ limit: 'events', is: 8, of: 10 }]);
    const { state } = give(done('t4'));
    expect([state?.status, state?.tasks.get('last')?.status]).toEqual(['RUNNING', 'QUEUED']);
    expect(give(done('last')).state).toMatchObject({
      status: 'FAILED',
      fate: { error: { code: 'workflow.too-many-events' } },
    });
  });

  it('of a definition are told when it is read', () => {
    const tasks = Object.fromEntries(Array.from({ length: 10_001 }, (_, i) => [`t${i}`, { uses: 'x.y' }]));
    expect(() => defineWorkflow({ name: 'big', version: '1', tasks })).toThrow(/10001 tasks are more than/);
  });
});
