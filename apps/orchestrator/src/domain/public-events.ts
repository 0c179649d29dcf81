import { publicEvent, subjects } from '@trimtab/contracts';
import type { PublicEvent } from '@trimtab/contracts';
import { approvalRequest, commanded, restarted, workOf } from './public-details.js';
import { runTrace } from './trace.js';
import { runIdOf } from './stored-run-event.js';
import type { StoredRunEvent } from './stored-run-event.js';
import type { Envelope } from '@trimtab/kernel';
import type { Actor } from '@trimtab/workflow';

/** A row of the log, as far as it is published. */
export interface LogRow {
  readonly id: string;
  readonly stream: string;
  readonly data: StoredRunEvent;
}

export interface Publication {
  readonly subject: string;
  readonly envelope: Envelope;
}

const SOURCE = '/trimtab/orchestrator';

/** Messages for anybody that follow from one stored event; the same ids and numbers however often they are derived. */
export function publicationsOf(row: LogRow): Publication[] {
  const runId = runIdOf(row.stream);
  return publicEventsOf(runId, row.data).map((event, i) => ({
    subject: subjects.event(event.type),
    envelope: {
      specversion: '1.0',
      id: i === 0 ? row.id : `${row.id}.${i}`,
      source: SOURCE,
      type: event.type,
      subject: event.subject,
      time: row.data.at,
      datacontenttype: 'application/json',
      traceparent: runTrace(runId),
      correlationid: runId,
      runid: runId,
      sequence: String(row.data.meta.n + i + 1),
      data: event.data,
    },
  }));
}

/** How many public messages an event makes. */
export const publicCount = (runId: string, event: StoredRunEvent): number =>
  publicEventsOf(runId, event).length;

/** An event is counted when it is stored and published a moment later: put together once. */
const known = new WeakMap<StoredRunEvent, readonly PublicEvent[]>();

function publicEventsOf(runId: string, event: StoredRunEvent): readonly PublicEvent[] {
  const before = known.get(event);
  if (before) return before;
  const { asked } = event.meta;
  const events = consequencesOf(runId, event);
  const all = asked ? [...events, commanded(runId, event, asked)] : events;
  known.set(event, all);
  return all;
}

// One line per event that is published: the length of the switch is the length of the language.
// eslint-disable-next-line complexity, max-lines-per-function
function consequencesOf(runId: string, event: StoredRunEvent): PublicEvent[] {
  const { meta, at } = event;
  const subject = `run/${runId}`;
  const run = { runId, workflow: meta.workflow, version: meta.version };
  const ended = { ...run, startedAt: meta.startedAt ?? at, endedAt: at, tasks: { ...meta.tasks } };
  const task =
    'task' in event
      ? { runId, taskId: event.task ?? '', uses: meta.uses ?? '' }
      : { runId, taskId: '', uses: '' };
  switch (event.type) {
    case 'RunStarted':
      return [
        publicEvent('trimtab.run.started.v1', subject, {
          ...run,
          input: event.input,
          labels: { ...meta.labels },
          actor: event.by.id,
          startedAt: at,
        }),
      ];
    case 'RunPaused':
      return [
        publicEvent('trimtab.run.paused.v1', subject, {
          ...run,
          actor: event.by.id,
          reason: meta.asked?.reason,
        }),
      ];
    case 'RunSuspended':
      return [
        publicEvent('trimtab.run.paused.v1', subject, {
          ...run,
          actor: 'orchestrator',
          reason: `${event.task}: ${event.error.message}`,
        }),
      ];
    case 'RunResumed':
      return [publicEvent('trimtab.run.resumed.v1', subject, { ...run, actor: event.by.id })];
    case 'RunRestarted':
      return [restarted(run, subject, event)];
    case 'RunCompleted':
      return [
        publicEvent('trimtab.run.completed.v1', subject, {
          ...ended,
          status: 'COMPLETED',
          outputs: event.output,
        }),
      ];
    case 'RunFailed':
      return [
        publicEvent('trimtab.run.failed.v1', subject, { ...ended, status: 'FAILED', error: event.error }),
      ];
    case 'RunCompensated':
      return [
        publicEvent('trimtab.run.failed.v1', subject, {
          ...ended,
          status: 'COMPENSATED',
          error: event.error,
        }),
      ];
    case 'RunCancelled':
      return [
        publicEvent('trimtab.run.cancelled.v1', subject, {
          ...ended,
          status: 'CANCELLED',
          actor: meta.actor ?? 'unknown',
          reason: event.error.message,
        }),
      ];
    case 'RunTerminated':
      return [
        publicEvent('trimtab.run.cancelled.v1', subject, {
          ...ended,
          status: 'TERMINATED',
          actor: event.by.id,
          reason: event.reason,
        }),
      ];
    case 'TaskQueued':
      return [publicEvent('trimtab.task.queued.v1', subject, { ...task, attempt: event.attempt, at })];
    case 'TaskCompleted':
      return [
        publicEvent('trimtab.task.completed.v1', subject, {
          ...task,
          attempt: event.attempt,
          startedAt: meta.startedAt ?? at,
          endedAt: meta.endedAt ?? at,
          worker: meta.worker ?? 'orchestrator',
        }),
      ];
    case 'TaskRetrying':
      return [
        publicEvent('trimtab.task.failed.v1', subject, {
          ...task,
          attempt: event.attempt,
          error: event.error,
          willRetryAt: event.dueAt,
          at,
          ...workOf(meta),
        }),
      ];
    case 'TaskFailed':
      return [
        publicEvent('trimtab.task.failed.v1', subject, {
          ...task,
          attempt: event.attempt,
          error: event.error,
          willRetryAt: null,
          at,
          ...workOf(meta),
        }),
        ...(event.error.code === 'workflow.approval-expired'
          ? [
              publicEvent('trimtab.approval.expired.v1', subject, {
                runId,
                taskId: event.task,
                digest: meta.digest ?? '',
                at,
              }),
            ]
          : []),
      ];
    case 'TaskSkipped':
      return [publicEvent('trimtab.task.skipped.v1', subject, { ...task, reason: event.reason, at })];
    case 'TaskCancelled':
      return [publicEvent('trimtab.task.cancelled.v1', subject, { ...task, at })];
    case 'TaskWaiting':
      return [
        publicEvent('trimtab.task.waiting.v1', subject, { ...task, reason: event.wait.for, at }),
        ...approvalRequest(runId, subject, event),
      ];
    case 'ApprovalGranted':
      return [
        publicEvent('trimtab.approval.granted.v1', subject, {
          runId,
          taskId: event.task,
          digest: event.digest,
          by: event.by.id,
          policy: policyOf(event.by),
          reason: event.comment,
          at,
        }),
      ];
    case 'ApprovalRejected':
      return [
        publicEvent('trimtab.approval.rejected.v1', subject, {
          runId,
          taskId: event.task,
          digest: event.digest,
          by: event.by.id,
          reason: event.comment,
          at,
        }),
      ];
    case 'RunEnding':
    case 'CompensationStarted':
    case 'CompensationEnded':
    case 'FanOutStarted':
    case 'TaskStarted':
    case 'TaskCompensated':
    case 'SignalReceived':
      return [];
  }
}

const policyOf = (by: Actor): string | null => (by.kind === 'policy' ? by.id : null);
