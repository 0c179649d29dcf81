import { describe, expect, it } from '@jest/globals';
import type { Actor } from './state.js';
import { ANNA, TestRun } from './testing.js';

const BOB = { kind: 'person', id: 'bob' } as const;
const approval = {
  uses: 'approval',
  with: { what: 'plan' },
  approval: {
    digest: '${ input.digest }',
    expiresIn: '1h',
    grantedBy: [{ policy: 'dry-run', when: 'input.dryRun' }],
  },
};
const flow = { tasks: { ok: approval, act: { uses: 'x.y', needs: ['ok'] } } };
const live = (): TestRun => TestRun.of(flow, { digest: 'd1', dryRun: false });

describe('an approval', () => {
  it('is granted by the policy whose condition holds, and says so', () => {
    const run = TestRun.of(flow, { digest: 'd1', dryRun: true });
    expect(run.events).toContainEqual(
      expect.objectContaining({
        type: 'ApprovalGranted',
        by: { kind: 'policy', id: 'dry-run' },
        digest: 'd1',
      }),
    );
    expect(run.status('act')).toBe('QUEUED');
  });

  it('waits for a person until it expires', () => {
    const run = live();
    expect(run.state.tasks.get('ok')).toMatchObject({
      status: 'WAITING',
      wait: { for: 'approval', digest: 'd1', until: '2026-11-01T01:00:00.000Z', info: { what: 'plan' } },
    });
    expect(run.fire('wait', 'ok').state).toMatchObject({
      status: 'FAILED',
      fate: { error: { code: 'workflow.approval-expired' } },
    });
  });

  it('is decided once; the second is told who won', () => {
    const run = live().give({ kind: 'decision', task: 'ok', granted: true, digest: 'd1', by: ANNA });
    expect(run.status('act')).toBe('QUEUED');
    run.give({ kind: 'decision', task: 'ok', granted: false, digest: 'd1', by: BOB });
    expect(run.refusal).toMatchObject({
      code: 'workflow.approval-decided',
      message: expect.stringContaining('anna'),
    });
  });

  it('of something else is refused', () => {
    const run = live().give({ kind: 'decision', task: 'ok', granted: true, digest: 'd2', by: ANNA });
    expect(run.refusal).toMatchObject({ code: 'workflow.approval-digest', details: { expected: 'd1' } });
    expect(run.status('ok')).toBe('WAITING');
  });

  it('is not for who started the run, where the definition says so', () => {
    const ok = { ...approval, approval: { ...approval.approval, selfApproval: 'refuse' } } as const;
    const start = () => TestRun.of({ tasks: { ...flow.tasks, ok } }, { digest: 'd1', dryRun: false });
    const decide = (run: TestRun, by: Actor, granted: boolean) =>
      run.give({ kind: 'decision', task: 'ok', granted, digest: 'd1', by });
    const own = decide(start(), ANNA, true);
    expect(own.refusal).toMatchObject({ code: 'workflow.self-approval', retry: 'never' });
    expect(own.status('ok')).toBe('WAITING');
    expect(decide(own, BOB, true).status('act')).toBe('QUEUED');
    expect(decide(start(), ANNA, false).status('ok')).toBe('FAILED');
  });

  it('that is rejected never lets its dependents run, not even under `continue`', () => {
    const run = TestRun.of(
      { tasks: { ok: { ...approval, onError: 'continue' }, act: { uses: 'x.y', needs: ['ok'] } } },
      { digest: 'd', dryRun: false },
    );
    run.give({ kind: 'decision', task: 'ok', granted: false, digest: 'd', by: ANNA });
    expect([run.picture, run.state.status]).toEqual(['ok=FAILED act=SKIPPED', 'COMPLETED']);
    const skipping = live().give({ kind: 'skipTask', task: 'ok', reason: 'hurry', by: ANNA });
    expect(skipping.refusal).toMatchObject({ code: 'workflow.not-skippable' });
  });
});

describe('people', () => {
  const two = { tasks: { a: { uses: 'x.y' }, b: { uses: 'x.y', needs: ['a'] } } };

  it('pause: nothing new starts; resume goes on', () => {
    const run = TestRun.of(two).give({ kind: 'pause', by: ANNA }).complete('a');
    expect(run.picture).toBe('a=COMPLETED b=PENDING');
    expect(run.give({ kind: 'resume', by: ANNA }).picture).toBe('a=COMPLETED b=QUEUED');
    expect(run.give({ kind: 'resume', by: ANNA }).refusal).toMatchObject({ code: 'workflow.not-paused' });
  });

  it('pause a retry: it is queued when the run goes on', () => {
    const run = TestRun.of(two)
      .fail('a', 'later')
      .give({ kind: 'pause', by: ANNA })
      .pass(60_000)
      .fire('retry', 'a');
    expect(run.status('a')).toBe('RETRYING');
    expect(run.give({ kind: 'resume', by: ANNA }).status('a')).toBe('QUEUED');
  });

  it('cancel: the run ends as CANCELLED, and every later command is refused', () => {
    const run = TestRun.of(two).give({ kind: 'cancel', by: ANNA, reason: 'enough' });
    expect([run.state.status, run.picture]).toEqual(['CANCELLED', 'a=CANCELLED b=CANCELLED']);
    expect(run.give({ kind: 'cancel', by: ANNA, reason: 'again' }).refusal).toMatchObject({
      code: 'workflow.run-ended',
    });
  });

  it('terminate: at once, without `always` tasks', () => {
    const run = TestRun.of({ tasks: { a: { uses: 'x.y' }, z: { uses: 'x.y', needs: ['a'], always: true } } });
    expect(run.give({ kind: 'terminate', by: ANNA, reason: 'now' }).picture).toBe('a=CANCELLED z=CANCELLED');
    expect(run.state.status).toBe('TERMINATED');
  });

  it('retry now what waits for its next attempt', () => {
    const run = TestRun.of(two).fail('a', 'later').give({ kind: 'retryNow', task: 'a', by: ANNA });
    expect([run.status('a'), run.attemptOf('a')]).toEqual(['QUEUED', 2]);
    expect(run.give({ kind: 'retryNow', task: 'a', by: ANNA }).refusal).toMatchObject({
      code: 'workflow.nothing-to-retry',
    });
  });

  it('signal before or after somebody waits, once', () => {
    const doc = { tasks: { a: { uses: 'x.y' }, s: { uses: 'signal', needs: ['a'], with: { name: 'go' } } } };
    const early = TestRun.of(doc)
      .give({ kind: 'signal', name: 'go', payload: 1, by: ANNA }, 'same')
      .complete('a');
    expect(early.state.tasks.get('s')).toMatchObject({ status: 'COMPLETED', output: 1 });
    const late = TestRun.of(doc)
      .complete('a')
      .give({ kind: 'signal', name: 'go', payload: 2, by: ANNA }, 'same');
    expect(late.state.tasks.get('s')).toMatchObject({ status: 'COMPLETED', output: 2 });
  });
});

describe('compensation', () => {
  const effect = (needs: string[], uses: string, onError = 'fail') => ({
    uses,
    needs,
    onError: onError as 'fail',
    retry: { maxAttempts: 1 },
    compensate: { uses: 'x.undo', with: { of: '${ output.id }' } },
  });
  const saga = {
    tasks: {
      a: effect([], 'x.a'),
      b: effect(['a'], 'x.b'),
      c: effect(['b'], 'x.c', 'compensate'),
      end: { uses: 'x.end', needs: ['c'], always: true },
    },
  };

  it('undoes completed effects in reverse order, then runs what is always', () => {
    const run = TestRun.of(saga).complete('a', { id: 'A' }).complete('b', { id: 'B' }).fail('c');
    expect(run.sent.at(-1)).toMatchObject({ task: 'b~undo', uses: 'x.undo', input: { of: 'B' } });
    run.complete('b~undo');
    expect(run.sent.at(-1)).toMatchObject({ task: 'a~undo', input: { of: 'A' } });
    run.complete('a~undo').complete('end');
    expect([run.state.status, run.status('a'), run.status('b')]).toEqual([
      'COMPENSATED',
      'COMPENSATED',
      'COMPENSATED',
    ]);
  });

  it('that fails leaves the rest for a person and fails the run', () => {
    const run = TestRun.of(saga)
      .complete('a', { id: 'A' })
      .complete('b', { id: 'B' })
      .fail('c')
      .fail('b~undo')
      .complete('end');
    expect(run.state).toMatchObject({
      status: 'FAILED',
      fate: { error: { code: 'workflow.compensation-failed', details: { left: ['a', 'b'] } } },
    });
  });

  it('waits for an effect in flight before it is undone', () => {
    const doc = { tasks: { a: effect([], 'x.a'), b: { uses: 'x.b', onError: 'compensate' as const } } };
    const run = TestRun.of(doc).fail('b');
    expect(run.picture).toBe('a=QUEUED b=FAILED');
    run.complete('a', { id: 'A' });
    expect(run.complete('a~undo').state.status).toBe('COMPENSATED');
  });

  it('follows a cancellation when asked to', () => {
    const run = TestRun.of(saga)
      .complete('a', { id: 'A' })
      .give({ kind: 'cancel', by: ANNA, reason: 'undo it', undo: true });
    run.complete('b', { id: 'B' }).complete('b~undo').complete('a~undo').complete('end');
    expect(run.state.status).toBe('COMPENSATED');
  });
});

describe('a paused run that is cancelled', () => {
  it('goes on with `always` tasks whose retry came due meanwhile', () => {
    const run = TestRun.of({ tasks: { a: { uses: 'x.y', always: true } } }).fail('a', 'later');
    run.give({ kind: 'pause', by: ANNA }).pass(3_600_000).fire('retry', 'a');
    expect(run.status('a')).toBe('RETRYING');
    run.give({ kind: 'cancel', by: ANNA, reason: 'enough' });
    expect(run.status('a')).toBe('QUEUED');
    expect(run.complete('a').state.status).toBe('CANCELLED');
  });
});
