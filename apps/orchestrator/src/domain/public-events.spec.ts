import { describe, expect, it } from '@jest/globals';
import { eventContracts } from '@trimtab/contracts';
import type { EventType } from '@trimtab/contracts';
import type { RunEvent } from '@trimtab/workflow';
import { publicationsOf } from './public-events.js';

const at = '2026-11-01T00:00:00.000Z';
const by = { kind: 'person', id: 'anna' } as const;
const error = { code: 'x.y', message: 'no', retry: 'never' } as const;
const workflow = { name: 'w', version: '1', digest: 'd' };
const until = '2026-11-02T00:00:00.000Z';

const events: RunEvent[] = [
  { type: 'RunStarted', at, runId: 'r', workflow, input: {}, by },
  { type: 'RunPaused', at, by },
  { type: 'RunSuspended', at, task: 'a', error },
  { type: 'RunResumed', at, by },
  { type: 'RunCompleted', at, output: null, failedTasks: 0 },
  { type: 'RunFailed', at, error },
  { type: 'RunCancelled', at, error },
  { type: 'RunTerminated', at, by, reason: 'r' },
  { type: 'RunCompensated', at, error },
  { type: 'RunRestarted', at, as: 'r2', from: 'a', by },
  { type: 'TaskQueued', at, task: 'a', attempt: 1, pool: 'default' },
  { type: 'TaskCompleted', at, task: 'a', attempt: 1, output: {} },
  { type: 'TaskRetrying', at, task: 'a', attempt: 1, error, dueAt: until },
  { type: 'TaskFailed', at, task: 'a', attempt: 1, error: { ...error, code: 'workflow.approval-expired' } },
  { type: 'TaskSkipped', at, task: 'a', reason: 'condition' },
  { type: 'TaskCancelled', at, task: 'a', reason: 'x' },
  {
    type: 'TaskWaiting',
    at,
    task: 'a',
    attempt: 1,
    wait: { for: 'approval', digest: 'd', until, info: { title: 'Go?' } },
  },
  { type: 'ApprovalGranted', at, task: 'a', by: { kind: 'policy', id: 'dry-run' }, digest: 'd' },
  { type: 'ApprovalRejected', at, task: 'a', by, digest: 'd' },
];

const published = (event: RunEvent) =>
  publicationsOf([
    {
      id: 'e1',
      stream: 'run-r',
      data: { ...event, meta: { n: 4, workflow: 'w', version: 1, uses: 'x.y', tasks: { COMPLETED: 1 } } },
    },
  ]);

describe('public events', () => {
  it.each(events.map((event) => [event.type, event] as const))('of %s keep their contract', (_, event) => {
    const messages = published(event);
    expect(messages.length).toBeGreaterThan(0);
    for (const { subject, envelope } of messages) {
      expect(eventContracts[envelope.type as EventType].safeParse(envelope.data).error).toBeUndefined();
      expect(subject).toBe(envelope.type.replace('trimtab.', 'trimtab.evt.'));
    }
  });

  it('tell who commanded what and why, once, after what followed from it', () => {
    const asked = { command: 'skip-task', actor: 'anna', reason: 'known', task: 'a' };
    const meta = { n: 4, workflow: 'w', version: 1, uses: 'x.y', asked };
    const data = { type: 'TaskSkipped', at, task: 'a', reason: 'person', by, meta } as const;
    const messages = publicationsOf([{ id: 'e1', stream: 'run-r', data }]);
    expect(messages.map(({ envelope }) => [envelope.id, envelope.sequence, envelope.type])).toEqual([
      ['e1', '5', 'trimtab.task.skipped.v1'],
      ['e1.1', '6', 'trimtab.run.commanded.v1'],
    ]);
    expect(messages[1]?.envelope.data).toMatchObject({
      command: 'skip-task',
      actor: 'anna',
      reason: 'known',
      taskId: 'a',
    });
  });

  it('have ids and numbers that follow from the stored event alone', () => {
    const waiting = events.find(({ type }) => type === 'TaskWaiting') as RunEvent;
    expect(published(waiting).map(({ envelope: { id, sequence, type } }) => [id, sequence, type])).toEqual([
      ['e1', '5', 'trimtab.task.waiting.v1'],
      ['e1.1', '6', 'trimtab.approval.requested.v1'],
    ]);
    expect(published(waiting)).toEqual(published(waiting));
  });
});
