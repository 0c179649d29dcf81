import { describe, expect, it } from '@jest/globals';
import { pauseAfter } from './retry.js';
import { ANNA, TestRun } from './testing.js';

const t = (needs: string[] = [], more: object = {}) => ({ uses: 'x.y', needs, ...more });

describe('dependencies', () => {
  it('start as soon as everything they need is complete, with its results', () => {
    const run = TestRun.of({
      tasks: {
        a: t(),
        b: t(),
        c: t(['a', 'b'], { with: { sum: '${ tasks.a.output.n + tasks.b.output.n }' } }),
      },
    });
    expect(run.complete('a', { n: 1 }).picture).toBe('a=COMPLETED b=QUEUED c=PENDING');
    expect(run.complete('b', { n: 2 }).picture).toBe('a=COMPLETED b=COMPLETED c=QUEUED');
    expect(run.sent.at(-1)).toMatchObject({ task: 'c', input: { sum: 3 }, attempt: 1, pool: 'default' });
    expect(run.complete('c').state.status).toBe('COMPLETED');
  });

  it('gives the outputs of the run', () => {
    const run = TestRun.of({
      tasks: { a: t([], { outputs: { n: '${ output.value + 1 }' } }) },
      outputs: { n: '${ tasks.a.output.n }' },
    });
    expect(run.complete('a', { value: 1 }).state).toMatchObject({ status: 'COMPLETED', output: { n: 2 } });
  });

  it('refuses an input that does not fit its schema', () => {
    const schema = { type: 'object', required: ['n'], properties: { n: { type: 'number' } } };
    const run = TestRun.of({ input: schema, tasks: { a: t() } }, { n: 'x' });
    expect(run.refusal).toMatchObject({
      code: 'workflow.invalid-input',
      message: expect.stringContaining('n: '),
    });
  });
});

describe('the truth table of joins', () => {
  it.each([
    ['a condition that is false', { when: 'false' }, {}, 'SKIPPED'],
    ['a skipped optional need', { when: 'false', optional: true }, {}, 'QUEUED'],
    ['a skipped need, but always', { when: 'false' }, { always: true }, 'QUEUED'],
    ['a condition that is not boolean', { when: '1', onError: 'continue' }, {}, 'QUEUED'],
    ['a condition that throws, optional', { when: 'input.a.b', optional: true }, {}, 'QUEUED'],
  ])('%s', (_, need, dependent, expected) => {
    expect(
      TestRun.of({ tasks: { need: t([], need), dependent: t(['need'], dependent) } }).status('dependent'),
    ).toBe(expected);
  });

  it('fails the run when a condition throws', () => {
    const run = TestRun.of({ tasks: { a: t([], { when: 'input.x.y > 1' }), b: t(['a']) } });
    expect(run.state).toMatchObject({
      status: 'FAILED',
      fate: { error: { code: 'workflow.expression-failed' } },
    });
  });

  it('a failure that is continued lets dependents run and the run complete', () => {
    const run = TestRun.of({
      tasks: { a: t([], { onError: 'continue' }), b: t(['a'], { with: { got: '${ tasks.a.output }' } }) },
    });
    run.fail('a');
    expect(run.sent.at(-1)).toMatchObject({ task: 'b', input: { got: null } });
    expect(run.complete('b').events.at(-1)).toMatchObject({ type: 'RunCompleted', failedTasks: 1 });
  });
});

describe('failure', () => {
  const tasks = { a: t(), b: t(), c: t(['a']), last: t(['c', 'b'], { always: true }) };

  it('cancels what is not finished and still runs what is `always`', () => {
    const run = TestRun.of({ tasks }).fail('a');
    expect(run.picture).toBe('a=FAILED b=CANCELLED c=CANCELLED last=QUEUED');
    expect(run.commands).toContainEqual({ kind: 'cancelTask', task: 'b', attempt: 1, uses: 'x.y' });
    expect(run.complete('b').status('b')).toBe('CANCELLED');
    expect(run.complete('last').state).toMatchObject({
      status: 'FAILED',
      fate: { error: { code: 'test.broken', details: { task: 'a' } } },
    });
  });

  it('without failFast lets independent branches finish first', () => {
    const run = TestRun.of({ failFast: false, tasks }).fail('a');
    expect(run.picture).toBe('a=FAILED b=QUEUED c=SKIPPED last=PENDING');
    expect(run.complete('b').complete('last').state.status).toBe('FAILED');
  });

  it('waits longer than its backoff when the failure says how long, and never beyond an hour', () => {
    const delays = [
      { retryAfterMs: 90_000 },
      { retryAfterMs: 5 },
      { retryAfterMs: 1e12 },
      { retryAfterMs: 'x' },
    ];
    const policy = { maxAttempts: 9, initialDelay: 1_000, factor: 1, maxDelay: 1_000, jitter: 0 };
    const error = { code: 'http.status', message: 'busy', retry: 'later' } as const;
    expect(delays.map((details) => pauseAfter({ ...error, details }, policy, 1, 0))).toEqual([
      90_000, 1_000, 3_600_000, 1_000,
    ]);
  });

  it('retries with exponential backoff and jitter, then gives up', () => {
    const run = TestRun.of({
      tasks: { a: t([], { retry: { maxAttempts: 3, initialDelay: '1s', factor: 2, jitter: 0.5 } }) },
    });
    run.random = 0.5;
    run.fail('a', 'later');
    expect(run.commands).toContainEqual({
      kind: 'setTimer',
      key: 'retry/a/1',
      dueAt: '2026-11-01T00:00:00.750Z',
    });
    run.pass(750).fire('retry', 'a').fail('a', 'later');
    expect(run.commands).toContainEqual({
      kind: 'setTimer',
      key: 'retry/a/2',
      dueAt: '2026-11-01T00:00:02.250Z',
    });
    expect(run.pass(1500).fire('retry', 'a').fail('a', 'later').state.status).toBe('FAILED');
    expect(run.sent.map((s) => s.attempt)).toEqual([1, 2, 3]);
  });

  it('never retries a terminal error', () => {
    expect(
      TestRun.of({ tasks: { a: t() } })
        .fail('a', 'never')
        .status('a'),
    ).toBe('FAILED');
  });

  it('under `suspend` waits for a person, who resumes or skips', () => {
    const one = TestRun.of({ tasks: { a: t([], { onError: 'suspend' }), b: t(['a']) } }).fail('a');
    expect([one.state.status, one.status('a')]).toEqual(['SUSPENDED', 'WAITING']);
    one.give({ kind: 'resume', by: ANNA });
    expect([one.state.status, one.status('a'), one.attemptOf('a')]).toEqual(['RUNNING', 'QUEUED', 2]);
    const two = TestRun.of({ tasks: { a: t([], { onError: 'suspend' }), b: t(['a']) } }).fail('a');
    two.give({ kind: 'skipTask', task: 'a', reason: 'known', by: ANNA });
    expect([two.state.status, two.picture]).toEqual(['RUNNING', 'a=SKIPPED b=QUEUED']);
  });
});

describe('a wait that ends badly under `suspend`', () => {
  const waits = {
    approval: { uses: 'approval', onError: 'suspend', approval: { digest: 'd' } },
    signal: { uses: 'signal', onError: 'suspend', with: { name: 'go' } },
  } as const;

  it('waits for a person, and is asked for anew on resume', () => {
    for (const wait of Object.values(waits)) {
      const run = TestRun.of({ tasks: { a: wait } }).fire('wait', 'a');
      expect([run.state.status, run.status('a')]).toEqual(['SUSPENDED', 'WAITING']);
      run.give({ kind: 'resume', by: ANNA });
      expect([run.state.status, run.status('a'), run.attemptOf('a')]).toEqual(['RUNNING', 'WAITING', 2]);
    }
  });

  it('goes the same way for a child run that failed', () => {
    const run = TestRun.of({
      tasks: { a: { uses: 'workflow', onError: 'suspend', with: { name: 'other' } } },
    });
    run.fail('a');
    expect([run.state.status, run.status('a')]).toEqual(['SUSPENDED', 'WAITING']);
  });

  it('does not ask again for what a person rejected', () => {
    const run = TestRun.of({ tasks: { a: waits.approval } });
    run.give({ kind: 'decision', task: 'a', granted: false, by: ANNA, digest: 'd' });
    expect([run.state.status, run.status('a')]).toEqual(['FAILED', 'FAILED']);
  });
});

describe('timeouts', () => {
  const timed = { timeout: { queue: '10s', run: '60s', heartbeat: '5s' }, retry: { maxAttempts: 2 } };

  it('of the queue end when a worker starts', () => {
    const run = TestRun.of({ tasks: { a: t([], timed) } });
    run.give({ kind: 'taskStarted', task: 'a', attempt: 1, claim: 1 }).fire('queue', 'a');
    expect(run.status('a')).toBe('RUNNING');
    expect(run.fire('run', 'a').status('a')).toBe('RETRYING');
  });

  it('make the late result stale', () => {
    const run = TestRun.of({ tasks: { a: t([], timed) } }).fire('queue', 'a');
    expect(run.state.tasks.get('a')).toMatchObject({
      status: 'RETRYING',
      error: { code: 'workflow.queue-timeout' },
    });
    expect(run.answer('a', { kind: 'completed', output: 1 }, 1).status('a')).toBe('RETRYING');
    run.pass(1_000).fire('retry', 'a');
    expect(run.answer('a', { kind: 'completed', output: 1 }, 1).status('a')).toBe('QUEUED');
  });

  it('of the heartbeat are put off by a sign of life', () => {
    const run = TestRun.of({ tasks: { a: t([], timed) } });
    run.give({ kind: 'taskStarted', task: 'a', attempt: 1, claim: 1 }).pass(5_000);
    run.give({ kind: 'timerFired', key: 'beat/a/1', lastSeen: '2026-11-01T00:00:04.000Z' });
    expect(run.status('a')).toBe('RUNNING');
    expect(run.pass(5_000).fire('beat', 'a').status('a')).toBe('RETRYING');
  });

  it('of the run fail it', () => {
    const run = TestRun.of({ timeout: '1h', tasks: { a: t() } });
    expect(run.give({ kind: 'timerFired', key: 'deadline' }).state).toMatchObject({
      status: 'FAILED',
      fate: { error: { code: 'workflow.run-timeout' } },
    });
  });
});

describe('fencing', () => {
  it('ignores an older claim of the same attempt', () => {
    const run = TestRun.of({ tasks: { a: t() } }).give({
      kind: 'taskStarted',
      task: 'a',
      attempt: 1,
      claim: 2,
    });
    expect(run.answer('a', { kind: 'completed', output: 1 }, 1, 1).status('a')).toBe('RUNNING');
    expect(run.answer('a', { kind: 'completed', output: 1 }, 1, 2).status('a')).toBe('COMPLETED');
    expect(run.answer('a', { kind: 'completed', output: 9 }, 1, 3).state.tasks.get('a')).toMatchObject({
      output: 1,
    });
  });
});

describe('blocked tasks', () => {
  it('wait for what is not there yet and are tried again when it appears', () => {
    const run = TestRun.of({ tasks: { a: t() } }).answer('a', {
      kind: 'blocked',
      on: 'cur-export',
      retryInMs: 5_000,
    });
    expect(run.state.tasks.get('a')).toMatchObject({
      status: 'WAITING',
      wait: { for: 'blocked', on: 'cur-export' },
    });
    expect(run.give({ kind: 'signal', name: 'cur-export', payload: null, by: ANNA }).status('a')).toBe(
      'QUEUED',
    );
    expect(run.answer('a', { kind: 'blocked', on: 'x' }).fire('wait', 'a').attemptOf('a')).toBe(3);
  });
});
