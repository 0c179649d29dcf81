import { describe, expect, it } from '@jest/globals';
import { ANNA, TestRun } from './testing.js';

const t = (more: object = {}) => ({ uses: 'x.y', ...more });
const seeks = (run: TestRun) => run.commands.filter(({ kind }) => kind === 'seek').length;
const appears = (run: TestRun, key: string) => run.give({ kind: 'dependencyAppeared', key });
const missing = (run: TestRun, attempt: number) =>
  run.give({ kind: 'dependencyMissing', task: 'a', attempt, key: 'service:x.y' });

describe('a task that requires what is not there', () => {
  it('waits, says for what, asks for it ever less often, and starts with its first attempt when all of it is there', () => {
    const run = TestRun.of(
      {
        tasks: { a: t({ requires: ['service:x.y', 'workflow:${ input.first }'] }) },
      },
      { first: 'import' },
    );
    expect(run.state.tasks.get('a')).toMatchObject({
      status: 'WAITING',
      wait: { for: 'blocked', on: 'service:x.y, workflow:import' },
    });
    expect(run.commands).toContainEqual({
      kind: 'seek',
      task: 'a',
      keys: ['service:x.y', 'workflow:import'],
    });
    const events = run.events.length;
    for (const ms of [1_000, 2_000, 60_000]) run.pass(ms).fire('wait', 'a');
    expect([seeks(run), run.events.length]).toEqual([4, events]);
    const times = run.commands.flatMap((one) => (one.kind === 'setTimer' ? [Date.parse(one.dueAt)] : []));
    expect(Math.max(...times) - Date.parse(run.at)).toBe(15_750);
    appears(run, 'workflow:import');
    expect(run.state.tasks.get('a')).toMatchObject({ wait: { on: 'service:x.y' } });
    appears(run, 'service:x.y');
    expect([run.status('a'), run.attemptOf('a')]).toEqual(['QUEUED', 1]);
    expect(run.replayed()).toEqual(run.state);
  });

  it('holds back only what needs nothing else when the workflow requires it', () => {
    const run = TestRun.of({ requires: ['data:bill'], tasks: { a: t(), b: t({ needs: ['a'] }) } });
    expect(run.picture).toBe('a=WAITING b=PENDING');
    appears(run, 'data:bill').complete('a');
    expect(run.status('b')).toBe('QUEUED');
  });

  it('takes a signal of that name for its appearance', () => {
    const run = TestRun.of({ tasks: { a: t({ requires: ['signal:go'] }) } });
    run.give({ kind: 'signal', name: 'go', payload: null, by: ANNA });
    expect(run.status('a')).toBe('QUEUED');
  });

  it('starts nothing while the run is paused, and goes on with it', () => {
    const run = TestRun.of({ tasks: { a: t({ requires: ['data:bill'] }) } }).give({
      kind: 'pause',
      by: ANNA,
    });
    appears(run, 'data:bill');
    expect(run.status('a')).toBe('WAITING');
    run.pass(2_000).give({ kind: 'resume', by: ANNA });
    expect(run.status('a')).toBe('QUEUED');
  });

  it('waits with every element of a fan-out, within its bound', () => {
    const run = TestRun.of({
      tasks: { f: t({ forEach: '[1, 2, 3]', concurrency: 2, requires: ['data:${ item }'] }) },
    });
    expect(run.picture).toBe('f=RUNNING f[0]=WAITING f[1]=WAITING');
    appears(run, 'data:2').complete('f[1]');
    expect(run.picture).toBe('f=RUNNING f[0]=WAITING f[1]=COMPLETED f[2]=WAITING');
  });

  it('gives up after timeout.blocked, and then waits for a person under `suspend`', () => {
    const rule = { requires: ['data:bill'], timeout: { run: '1m', blocked: '10s' } };
    const failed = TestRun.of({ tasks: { a: t(rule) } })
      .pass(10_000)
      .fire('wait', 'a');
    expect(failed.state).toMatchObject({
      status: 'FAILED',
      fate: { error: { code: 'workflow.blocked-timeout', details: { on: 'data:bill' } } },
    });
    const asked = TestRun.of({ tasks: { a: t({ ...rule, onError: 'suspend' }) } });
    asked.pass(10_000).fire('wait', 'a');
    expect(asked.state.status).toBe('SUSPENDED');
    asked.give({ kind: 'resume', by: ANNA });
    expect(asked.state.tasks.get('a')).toMatchObject({ status: 'WAITING', wait: { for: 'blocked' } });
  });
});

describe('a task whose command nobody can take', () => {
  it('waits for a service and is queued again, which uses up none of its attempts', () => {
    const run = TestRun.of({ tasks: { a: t({ retry: { maxAttempts: 1 } }) } });
    for (let i = 1; i < 4; i += 1) {
      expect(missing(run, i).state.tasks.get('a')).toMatchObject({
        status: 'WAITING',
        wait: { on: 'service:x.y' },
      });
      appears(run, 'service:x.y');
    }
    expect([run.status('a'), run.attemptOf('a')]).toEqual(['QUEUED', 4]);
    expect(run.complete('a').state.status).toBe('COMPLETED');
  });

  it('takes no late word about another attempt', () => {
    const run = TestRun.of({ tasks: { a: t() } });
    expect(missing(run, 7).status('a')).toBe('QUEUED');
    run.complete('a');
    expect(run.refusal).toBeUndefined();
  });
});

describe('a worker that says that it is blocked', () => {
  const blocked = (run: TestRun) => run.answer('a', { kind: 'blocked', on: 'the export' });

  it('is asked ever less often, and timeout.blocked counts from the first time', () => {
    const run = TestRun.of({ tasks: { a: t({ timeout: { run: '1m', blocked: '5m' } }) } });
    const pauses = [30_000, 60_000, 120_000, 90_000].map((expected) => {
      const wait = blocked(run).state.tasks.get('a') as { wait?: { until: string } };
      expect(Date.parse(wait.wait?.until ?? '') - Date.parse(run.at)).toBe(expected);
      run.pass(expected).fire('wait', 'a');
      return run.status('a');
    });
    expect(pauses).toEqual(['QUEUED', 'QUEUED', 'QUEUED', 'FAILED']);
  });

  it('is asked at once when somebody says that it appeared, or now', () => {
    const run = blocked(TestRun.of({ tasks: { a: t() } }));
    expect(appears(run, 'the export').attemptOf('a')).toBe(2);
    blocked(run).give({ kind: 'retryNow', task: 'a', by: ANNA });
    expect(run.attemptOf('a')).toBe(3);
  });
});
