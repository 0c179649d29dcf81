import { describe, expect, it } from '@jest/globals';
import type { Command, WorkflowDocument } from '@trimtab/workflow';
import { ANNA, TestRun } from '@trimtab/workflow/testing';
import fc from 'fast-check';
import { doubtsOf } from './reason-to-wait.js';
import type { Doubt } from './reason-to-wait.js';

type Document = Omit<WorkflowDocument, 'name' | 'version'>;

/** What an owner keeps of a run: the timers and sends that its commands gave. */
class Kept {
  readonly timers = new Map<string, number>();
  readonly sends = new Map<string, { attempt: number }>();
  private seen = 0;

  constructor(readonly run: TestRun) {
    this.follow();
  }

  /** Carries out the commands that are new. */
  follow(): this {
    for (const command of this.run.commands.slice(this.seen)) this.carryOut(command);
    this.seen = this.run.commands.length;
    return this;
  }

  doubts(children: readonly [string, 'open' | 'ended' | 'absent'][] = []): Doubt[] {
    const { run, timers, sends } = this;
    const { workflow, state } = run;
    if (['COMPLETED', 'FAILED', 'CANCELLED', 'TERMINATED', 'COMPENSATED'].includes(state.status)) return [];
    return doubtsOf({ workflow, state, timers, sends }, new Map(children), Date.parse(run.at));
  }

  private carryOut(command: Command): void {
    if (command.kind === 'setTimer') this.timers.set(command.key, Date.parse(command.dueAt));
    if (command.kind === 'clearTimer') this.timers.delete(command.key);
    if (command.kind === 'sendTask') this.sends.set(command.task, { attempt: command.attempt });
  }
}

const work = { uses: 'x.y' };
const waits: Document = {
  timeout: '30d',
  tasks: {
    work: { ...work, timeout: { queue: '1m', run: '1h', heartbeat: '1m' } },
    approve: { uses: 'approval', approval: { digest: 'd' } },
    hear: { uses: 'signal', with: { name: 'go' } },
    nap: { uses: 'timer', with: { duration: '1h' } },
    child: { uses: 'workflow', with: { name: 'other' } },
    each: { ...work, forEach: '[1, 2, 3]', concurrency: 2 },
    flaky: { ...work, retry: { maxAttempts: 3 } },
    stuck: { ...work, onError: 'suspend', retry: { maxAttempts: 1 } },
    last: { ...work, needs: ['each'] },
  },
};

describe('a reason to wait', () => {
  it('is there for everything that a run waits for', () => {
    const run = new Kept(TestRun.of(waits));
    const child = run.run.commands.find((command) => command.kind === 'startChild')?.child ?? '';
    expect(run.doubts([[child, 'open']])).toEqual([]);
    run.run.fail('flaky', 'later');
    expect(run.follow().doubts([[child, 'open']])).toEqual([]);
    run.run.fail('stuck');
    expect(run.run.state.status).toBe('SUSPENDED');
    expect(run.follow().doubts()).toEqual([]);
  });

  it.each([
    ['a timer that was lost', (kept: Kept) => kept.timers.delete('wait/nap/1'), 'nap'],
    ['a command that was lost', (kept: Kept) => kept.sends.delete('work'), 'work'],
    ['a command of an older attempt', (kept: Kept) => kept.sends.set('last', { attempt: 0 }), undefined],
    ['the deadline of the run', (kept: Kept) => kept.timers.delete('deadline'), undefined],
    ['an approval that never expires', (kept: Kept) => kept.timers.delete('wait/approve/1'), 'approve'],
    ['a timer that nobody fired', (kept: Kept) => kept.timers.set('wait/hear/1', 0), 'hear'],
  ] as const)('is missed: %s', (what, plant, task) => {
    const kept = new Kept(TestRun.of(waits));
    plant(kept);
    const found = kept.doubts();
    if (what === 'a command of an older attempt') expect(found).toEqual([]);
    else expect(found.map((doubt) => doubt.task)).toEqual([task]);
  });

  it('is missed when a child was never started, or ended unheard', () => {
    const kept = new Kept(TestRun.of(waits));
    const child = kept.run.commands.find((command) => command.kind === 'startChild')?.child ?? '';
    for (const status of ['absent', 'ended'] as const)
      expect(kept.doubts([[child, status]])).toEqual([
        { task: 'child', why: expect.stringContaining('child run') },
      ]);
  });

  it('is missed when what could start did not, or nothing is left to wait for', () => {
    const kept = new Kept(TestRun.of({ tasks: { a: work, b: { ...work, needs: ['a'] } } }));
    const { state } = kept.run;
    state.tasks.set('a', { status: 'COMPLETED', attempt: 1, failures: 0, at: kept.run.at, output: {} });
    state.active.delete('a');
    expect(kept.doubts()).toEqual([{ why: 'nothing is under way and nothing is waited for' }]);
    state.waitingFor.set('b', 0);
    expect(kept.doubts()).toContainEqual({ task: 'b', why: 'it is ready and was not started' });
  });

  it('is there at every moment of every run, whatever happens to it', () => {
    const tasks = fc.array(
      fc.record({
        needs: fc.uniqueArray(fc.nat(7), { maxLength: 3 }),
        forEach: fc.option(fc.constantFrom('[1, 2, 3]', '[]'), { nil: undefined }),
        onError: fc.constantFrom('fail', 'continue', 'compensate', 'suspend'),
        always: fc.boolean(),
        retry: fc.constantFrom({ maxAttempts: 1 }, { maxAttempts: 3 }),
        compensate: fc.option(fc.constant({ uses: 'x.undo' }), { nil: undefined }),
      }),
      { minLength: 1, maxLength: 8 },
    );
    const acts = fc.array(fc.tuple(fc.nat(1_000), fc.constantFrom(...ACTS)), { maxLength: 50 });
    fc.assert(
      fc.property(tasks, fc.boolean(), acts, (list, failFast, steps) => {
        const entries = list.map((task, i) => [
          `t${i}`,
          { ...work, ...task, needs: task.needs.filter((need) => need < i).map((need) => `t${need}`) },
        ]);
        const document = { failFast, timeout: '9d', tasks: Object.fromEntries(entries) } as Document;
        const kept = new Kept(TestRun.of(document));
        expect(kept.doubts()).toEqual([]);
        for (const [pick, act] of steps) {
          happen(kept, pick, act);
          expect(kept.follow().doubts()).toEqual([]);
        }
      }),
    );
  });
});

const ACTS = [
  'complete',
  'complete',
  'fail',
  'failLater',
  'blocked',
  'fire',
  'pause',
  'resume',
  'cancel',
  'undo',
] as const;

function happen(kept: Kept, pick: number, act: (typeof ACTS)[number]): void {
  const { run } = kept;
  const open = [...run.state.active];
  const key = open[pick % Math.max(1, open.length)] ?? '';
  if (act === 'pause' || act === 'resume') run.give({ kind: act, by: ANNA });
  else if (act === 'cancel' || act === 'undo')
    run.give({ kind: 'cancel', by: ANNA, reason: 'x', undo: act === 'undo' });
  else if (act === 'fire') fireDue(kept, pick);
  else if (act === 'blocked') run.answer(key, { kind: 'blocked', on: 'x' });
  else if (act === 'complete') run.complete(key);
  else run.fail(key, act === 'fail' ? 'never' : 'later');
}

/** Time goes on to the timer that is due next, and it fires. */
function fireDue({ run, timers }: Kept, pick: number): void {
  const next = [...timers].sort(([, a], [, b]) => a - b)[0];
  if (!next || pick % 2 === 0) return;
  const [key, due] = next;
  run.pass(Math.max(0, due - Date.parse(run.at)));
  timers.delete(key);
  run.give({ kind: 'timerFired', key });
}
