import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { defineWorkflow } from './parse-definition.js';
import { compileWorkflow } from './compile.js';
import { decide } from './decide.js';
import type { WorkflowDocument } from './definition-schema.js';
import type { EventOf, RunEvent } from './events.js';
import { openCommands } from './open-commands.js';
import { fromSnapshot, snapshotOf } from './snapshot.js';
import { ANNA, TestRun } from './testing.js';
import { isTerminalRun, isTerminalTask } from './transitions.js';

type Task = WorkflowDocument['tasks'][string];

const taskArbitrary = (index: number): fc.Arbitrary<Task> =>
  fc.record({
    uses: fc.constantFrom('x.y', 'x.z'),
    needs: fc
      .uniqueArray(fc.nat({ max: Math.max(0, index - 1) }), { maxLength: index === 0 ? 0 : 3 })
      .map((ids) => ids.map((i) => `t${i}`)),
    when: fc.constantFrom('true', 'true', 'true', 'false', 'input.nothing.there', '3'),
    forEach: fc.option(fc.constantFrom('[1, 2, 3]', '[]', '[1, 2, 3, 4, 5, 6, 7]'), {
      nil: undefined,
      freq: 3,
    }),
    concurrency: fc.integer({ min: 1, max: 3 }),
    onError: fc.constantFrom('fail', 'continue', 'compensate', 'suspend'),
    optional: fc.boolean(),
    always: fc.boolean().map((b) => b && index % 3 === 0),
    retry: fc.constant({ maxAttempts: 2 }),
    compensate: fc.option(fc.constant({ uses: 'x.undo', retry: { maxAttempts: 1 } }), { nil: undefined }),
  }) as fc.Arbitrary<Task>;

const documentArbitrary = fc
  .integer({ min: 1, max: 9 })
  .chain((size) => fc.tuple(fc.boolean(), ...Array.from({ length: size }, (_, i) => taskArbitrary(i))))
  .map(([failFast, ...tasks]) => ({
    failFast,
    tasks: Object.fromEntries(tasks.map((task, i) => [`t${i}`, task])),
  }));

interface Step {
  readonly pick: number;
  readonly act:
    | 'complete'
    | 'fail'
    | 'failLater'
    | 'started'
    | 'stale'
    | 'duplicate'
    | 'pause'
    | 'resume'
    | 'cancel'
    | 'cancelUndo'
    | 'blocked'
    | 'snapshot';
}
const plain = ['complete', 'complete', 'complete', 'complete', 'fail', 'failLater', 'started'] as const;
const wild = [
  ...plain,
  'stale',
  'duplicate',
  'pause',
  'resume',
  'cancel',
  'cancelUndo',
  'blocked',
  'snapshot',
] as const;
const stepsArbitrary: fc.Arbitrary<Step[]> = fc.array(
  fc.record({ pick: fc.nat(1_000), act: fc.constantFrom(...wild) }),
  { maxLength: 60 },
);

const later = { code: 'x.flaky', message: '', retry: 'later' } as const;

/** One arbitrary thing happens to one of the open tasks. */
function step(run: TestRun, { pick, act }: Step): void {
  const open = [...run.state.active].sort();
  const key = open[pick % Math.max(1, open.length)];
  if (act === 'pause' || act === 'resume') run.give({ kind: act, by: ANNA });
  else if (act === 'cancel' || act === 'cancelUndo') {
    if (pick % 5 === 0) run.give({ kind: 'cancel', by: ANNA, reason: 'x', undo: act === 'cancelUndo' });
  } else if (key !== undefined) onTask(run, key, act);
}

function onTask(run: TestRun, key: string, act: Step['act']): void {
  const status = run.status(key);
  if (status === 'RETRYING') run.fire('retry', key);
  else if (status === 'WAITING') run.fire('wait', key);
  else if (act === 'fail') run.fail(key);
  else if (act === 'failLater') run.answer(key, { kind: 'failed', error: later });
  else if (act === 'started')
    run.give({ kind: 'taskStarted', task: key, attempt: run.attemptOf(key), claim: 1 });
  else if (act === 'blocked') run.answer(key, { kind: 'blocked', on: 'x' });
  else if (act !== 'stale' && act !== 'duplicate') run.complete(key, { id: key });
}

/** Carries the run to its end by completing whatever is open. */
function finish(run: TestRun): void {
  for (let i = 0; i < 2_000 && !isTerminalRun(run.state.status); i += 1) {
    if (run.state.status !== 'RUNNING') run.give({ kind: 'resume', by: ANNA });
    const [key] = run.state.active;
    if (key !== undefined) onTask(run, key, 'complete');
  }
}

function played(
  document: { tasks: Record<string, Task> },
  steps: readonly Step[],
  after: (run: TestRun, step: Step) => void = () => {},
): TestRun {
  const run = TestRun.of(document);
  for (const one of steps) {
    if (isTerminalRun(run.state.status)) break;
    step(run, one);
    after(run, one);
  }
  finish(run);
  return run;
}

type Starting = EventOf<'TaskQueued'> | EventOf<'FanOutStarted'>;
const startsTask = (event: RunEvent): event is Starting =>
  (event.type === 'TaskQueued' && !event.task.includes('~')) || event.type === 'FanOutStarted';

const needsOf = (run: TestRun, key: string): readonly string[] =>
  run.workflow.tasks.get(key.replace(/\[.*/, ''))?.definition.needs ?? [];

const runs = { numRuns: 400 };

describe('for every workflow and every order of answers', () => {
  it('the run ends, and everything in it is terminal', () => {
    fc.assert(
      fc.property(documentArbitrary, stepsArbitrary, (document, steps) => {
        const run = played(document, steps);
        expect(isTerminalRun(run.state.status)).toBe(true);
        for (const [key, task] of run.state.tasks)
          expect([key, isTerminalTask(task.status)]).toEqual([key, true]);
        expect([run.state.unfinished, run.state.active.size, openCommands(run.workflow, run.state)]).toEqual([
          0,
          0,
          [],
        ]);
      }),
      runs,
    );
  });

  it('no task starts before everything it needs is terminal', () => {
    fc.assert(
      fc.property(documentArbitrary, stepsArbitrary, (document, steps) => {
        const run = played(document, steps);
        const terminal = new Set<string>();
        for (const event of run.events) {
          if (startsTask(event))
            for (const need of needsOf(run, event.task)) expect(terminal).toContain(need);
          if (/^Task(Completed|Failed|Skipped|Cancelled)$/.test(event.type) && 'task' in event)
            terminal.add(event.task ?? '');
        }
      }),
      runs,
    );
  });

  it('a replay of the events, and a snapshot taken at any moment, equal the live state', () => {
    fc.assert(
      fc.property(documentArbitrary, stepsArbitrary, (document, steps) => {
        const run = played(document, steps, (live, { act }) => {
          if (act !== 'snapshot') return;
          const text = JSON.stringify(snapshotOf(live.state));
          const back = fromSnapshot(live.workflow, JSON.parse(text));
          expect(JSON.stringify(snapshotOf(back))).toBe(text);
          expect([back.unfinished, back.failed, back.active, back.waitingFor]).toEqual([
            live.state.unfinished,
            live.state.failed,
            live.state.active,
            live.state.waitingFor,
          ]);
          expect(openCommands(live.workflow, back)).toEqual(openCommands(live.workflow, live.state));
        });
        expect(run.replayed()).toEqual(run.state);
        expect(run.state.version).toBe(run.events.length);
      }),
      runs,
    );
  });

  it('stale, duplicated and unknown answers change nothing', () => {
    fc.assert(
      fc.property(documentArbitrary, stepsArbitrary, fc.nat(), (document, steps, noise) => {
        const run = played(document, steps, (live) => {
          const version = live.state.version;
          for (const { task, attempt } of live.sent) {
            if (live.attemptOf(task) > attempt || !live.state.active.has(task))
              live.answer(task, { kind: 'completed', output: noise }, attempt, noise);
          }
          live.answer('t99', { kind: 'completed', output: 1 }, 1);
          live.give({ kind: 'timerFired', key: `run/t0/${noise + 1_000}` });
          expect(live.state.version).toBe(version);
        });
        expect(isTerminalRun(run.state.status)).toBe(true);
      }),
      { numRuns: 150 },
    );
  });

  it('compensations run once each, in reverse order of completion', () => {
    fc.assert(
      fc.property(documentArbitrary, stepsArbitrary, (document, steps) => {
        const { events, state } = played(document, steps);
        const undone = events.flatMap((event) => (event.type === 'TaskCompensated' ? [event.task] : []));
        const order = undone.map((key) => state.effects.indexOf(key));
        expect(order).toEqual([...order].sort((a, b) => b - a));
        expect(new Set(undone).size).toBe(undone.length);
        expect(order).not.toContain(-1);
      }),
      runs,
    );
  });

  it('a decision without applying it gives the same events and leaves the state alone', () => {
    fc.assert(
      fc.property(documentArbitrary, (document) => {
        const workflow = compileWorkflow(defineWorkflow({ name: 'p', version: '1', ...document }));
        const run = TestRun.of(document);
        const before = JSON.stringify(snapshotOf(run.state));
        const input = { kind: 'cancel', id: 'c', at: run.at, by: ANNA, reason: 'x' } as const;
        const decision = decide(workflow, run.state, input, { random: 0 });
        expect(JSON.stringify(snapshotOf(run.state))).toBe(before);
        const known = run.events.length;
        run.give({ kind: 'cancel', by: ANNA, reason: 'x' });
        expect(decision.events).toEqual(run.events.slice(known));
      }),
      { numRuns: 100 },
    );
  });
});
