import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { WorkflowDocument } from './definition-schema.js';
import type { RunEvent } from './events.js';
import { TestRun } from './testing.js';
import { isTerminalRun } from './transitions.js';

type Task = WorkflowDocument['tasks'][string];

/** A task and what its worker always answers. */
interface Play {
  readonly task: Task;
  readonly fails: boolean;
}

const playOf = (index: number): fc.Arbitrary<Play> =>
  fc
    .record({
      needs: fc.uniqueArray(fc.nat({ max: Math.max(0, index - 1) }), { maxLength: index === 0 ? 0 : 4 }),
      when: fc.constantFrom(undefined, undefined, 'true', 'false'),
      forEach: fc.constantFrom(undefined, undefined, undefined, '[1, 2, 3]', '[]'),
      requires: fc.constantFrom(undefined, undefined, undefined, ['data:bill'], ['data:bill', 'data:price']),
      onError: fc.constantFrom('fail', 'continue', 'handler'),
      optional: fc.boolean(),
      always: fc.nat(5).map((n) => n === 0),
      fails: fc.nat(3).map((n) => n === 0),
    })
    .map(({ fails, needs, onError, ...rest }) => ({
      fails,
      task: {
        uses: 'x.y',
        needs: needs.map((i) => `t${i}`),
        retry: { maxAttempts: 1 },
        concurrency: 2,
        ...rest,
        onError: onError === 'handler' ? 'continue' : onError,
      } as Task,
    }));

/** Every third task that fails is handled by the task that follows it, when that one needs it. */
const flowOf = fc
  .integer({ min: 1, max: 12 })
  .chain((size) => fc.tuple(...Array.from({ length: size }, (_, i) => playOf(i))))
  .map((plays) => {
    const tasks = Object.fromEntries(plays.map(({ task }, i) => [`t${i}`, task]));
    for (let i = 0; i + 1 < plays.length; i += 3) {
      if (tasks[`t${i + 1}`]?.needs?.includes(`t${i}`))
        tasks[`t${i}`] = { ...(tasks[`t${i}`] as Task), onError: { handler: `t${i + 1}` } };
    }
    return { tasks, fails: new Set(plays.flatMap(({ fails }, i) => (fails ? [`t${i}`] : []))) };
  });

function play(tasks: Record<string, Task>, fails: ReadonlySet<string>, picks: readonly number[]): TestRun {
  const run = TestRun.of({ failFast: false, tasks });
  for (let i = 0; i < 1_000 && !isTerminalRun(run.state.status); i += 1) {
    const open = [...run.state.active].filter((key) => !run.state.fanOuts.has(key));
    answer(run, open[(picks[i % picks.length] ?? 0) % open.length] ?? '', fails);
  }
  return run;
}

function answer(run: TestRun, key: string, fails: ReadonlySet<string>): void {
  const task = run.state.tasks.get(key);
  if (task?.status === 'WAITING' && task.wait.for === 'blocked')
    run.give({ kind: 'dependencyAppeared', key: task.wait.missing?.at(-1) ?? 'data:bill' });
  else if (fails.has(taskOf(key))) run.fail(key);
  else run.complete(key, key);
}

const taskOf = (key: string): string => key.replace(/\[.*/, '');

const ends = (run: TestRun): unknown =>
  [...run.state.tasks]
    .map(([key, task]) => [key, task.status, 'reason' in task ? task.reason : ''])
    .sort(([a = ''], [b = '']) => (a < b ? -1 : 1));

interface Before {
  readonly ended: Set<string>;
  readonly waited: Set<string>;
}

/** What had ended and what had waited when something was queued. */
function* startsOf(events: readonly RunEvent[]): Generator<[Before, string]> {
  const before: Before = { ended: new Set(), waited: new Set() };
  for (const event of events) {
    if (!('task' in event) || event.task === undefined) continue;
    if (event.type === 'TaskQueued') yield [before, event.task];
    if (event.type === 'TaskWaiting') before.waited.add(event.task);
    if (/^Task(Completed|Failed|Skipped|Cancelled)$/.test(event.type)) before.ended.add(event.task);
  }
}

const order = fc.array(fc.nat(1_000), { minLength: 1, maxLength: 40 });

describe('whatever the order in which answers arrive', () => {
  it('every task ends the same, and so does the run', () => {
    fc.assert(
      fc.property(flowOf, order, order, ({ tasks, fails }, one, other) => {
        const first = play(tasks, fails, one);
        const second = play(tasks, fails, other);
        expect(isTerminalRun(first.state.status)).toBe(true);
        expect([second.state.status, ends(second)]).toEqual([first.state.status, ends(first)]);
        expect(second.replayed()).toEqual(second.state);
      }),
      { numRuns: 400 },
    );
  });

  it('nothing starts before its condition holds, all it needs is terminal and all it requires is there', () => {
    fc.assert(
      fc.property(flowOf, order, ({ tasks, fails }, picks) => {
        const run = play(tasks, fails, picks);
        for (const [before, key] of startsOf(run.events)) {
          const { when, needs = [], requires } = tasks[taskOf(key)] as Task;
          expect(when).not.toBe('false');
          expect([...before.ended]).toEqual(expect.arrayContaining(needs as string[]));
          expect(before.waited.has(key)).toBe(requires !== undefined);
        }
      }),
      { numRuns: 400 },
    );
  });
});
