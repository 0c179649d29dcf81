import { publicEvent, subjects } from '@trimtab/contracts';
import type { PublicEvent } from '@trimtab/contracts';
import {
  approvalRequest,
  attemptFailed,
  commanded,
  endOf,
  restarted,
  runOf,
  waitReason,
} from './public-details.js';
import { adapted, routed, unfollowed } from './public-routing.js';
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
  /** What it means to others, where that was put together before. */
  readonly events?: readonly PublicEvent[];
}

export interface Publication {
  readonly subject: string;
  readonly envelope: Envelope;
}

const SOURCE = '/trimtab/orchestrator';

/** Messages for anybody that follow from stored events; the same ids and numbers however often they are derived. */
export function publicationsOf(rows: readonly LogRow[]): Publication[] {
  const found: Publication[] = [];
  for (const row of rows) {
    const runId = runIdOf(row.stream);
    const events = row.events ?? publicEventsOf(runId, row.data);
    for (const [i, event] of events.entries()) found.push(publicationOf(row, runId, event, i));
  }
  return found;
}

function publicationOf(row: LogRow, runId: string, event: PublicEvent, i: number): Publication {
  return {
    subject: subjects.event(event.type),
    envelope: {
      specversion: '1.0',
      id: i === 0 ? row.id : `${row.id}.${i}`,
      source: SOURCE,
      type: event.type,
      subject: event.subject,
      time: row.data.at,
      datacontenttype: 'application/json',
      traceparent: runTrace(runId, undefined, row.data.meta.untraced),
      correlationid: runId,
      runid: runId,
      sequence: String(row.data.meta.n + i + 1),
      data: event.data,
    },
  };
}

/** What an event means to others. */
export function publicEventsOf(runId: string, event: StoredRunEvent): readonly PublicEvent[] {
  const { asked } = event.meta;
  const events = consequencesOf(runId, event);
  return asked ? [...events, commanded(runId, event, asked)] : events;
}

// One line per event that is published: the length of the switch is the length of the language.
// eslint-disable-next-line complexity, max-lines-per-function
function consequencesOf(runId: string, event: StoredRunEvent): PublicEvent[] {
  const { meta, at } = event;
  const subject = `run/${runId}`;
  const uses = meta.uses ?? '';
  switch (event.type) {
    case 'RunStarted':
      return [
        publicEvent('trimtab.run.started.v1', subject, {
          ...runOf(runId, event),
          input: event.input,
          labels: { ...meta.labels },
          actor: event.by.id,
          startedAt: at,
        }),
      ];
    case 'RunPaused':
      return [
        publicEvent('trimtab.run.paused.v1', subject, {
          ...runOf(runId, event),
          actor: event.by.id,
          reason: meta.asked?.reason,
        }),
      ];
    case 'RunSuspended':
      return [
        publicEvent('trimtab.run.paused.v1', subject, {
          ...runOf(runId, event),
          actor: 'orchestrator',
          reason: `${event.task}: ${event.error.message}`,
        }),
      ];
    case 'RunResumed':
      return [publicEvent('trimtab.run.resumed.v1', subject, { ...runOf(runId, event), actor: event.by.id })];
    case 'RunRestarted':
      return [restarted(runOf(runId, event), subject, event)];
    case 'RunCompleted':
      return [
        publicEvent('trimtab.run.completed.v1', subject, {
          ...endOf(runId, event),
          status: 'COMPLETED',
          outputs: event.output,
        }),
      ];
    case 'RunFailed':
      return [
        publicEvent('trimtab.run.failed.v1', subject, {
          ...endOf(runId, event),
          status: 'FAILED',
          error: event.error,
        }),
      ];
    case 'RunCompensated':
      return [
        publicEvent('trimtab.run.failed.v1', subject, {
          ...endOf(runId, event),
          status: 'COMPENSATED',
          error: event.error,
        }),
      ];
    case 'RunCancelled':
      return [
        publicEvent('trimtab.run.cancelled.v1', subject, {
          ...endOf(runId, event),
          status: 'CANCELLED',
          actor: meta.actor ?? 'unknown',
          reason: event.error.message,
        }),
      ];
    case 'RunTerminated':
      return [
        publicEvent('trimtab.run.cancelled.v1', subject, {
          ...endOf(runId, event),
          status: 'TERMINATED',
          actor: event.by.id,
          reason: event.reason,
        }),
      ];
    case 'TaskQueued':
      return [
        publicEvent('trimtab.task.queued.v1', subject, {
          runId,
          taskId: event.task,
          uses,
          attempt: event.attempt,
          at,
        }),
        ...routed(runId, subject, event),
      ];
    case 'TaskCompleted':
      return [
        publicEvent('trimtab.task.completed.v1', subject, {
          runId,
          taskId: event.task,
          uses,
          attempt: event.attempt,
          startedAt: meta.startedAt ?? at,
          endedAt: meta.endedAt ?? at,
          worker: meta.worker ?? 'orchestrator',
        }),
      ];
    case 'TaskRetrying':
    case 'TaskFailed':
      return attemptFailed(runId, subject, event);
    case 'TaskSkipped':
      return [
        publicEvent('trimtab.task.skipped.v1', subject, {
          runId,
          taskId: event.task,
          uses,
          reason: event.reason,
          at,
        }),
      ];
    case 'TaskCancelled':
      return [publicEvent('trimtab.task.cancelled.v1', subject, { runId, taskId: event.task, uses, at })];
    case 'TaskWaiting':
      return [
        publicEvent('trimtab.task.waiting.v1', subject, {
          runId,
          taskId: event.task,
          uses,
          reason: waitReason(event.wait),
          at,
        }),
        ...approvalRequest(runId, subject, event),
        ...unfollowed(runId, subject, event),
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
    case 'RunAdapted':
      return adapted(runId, subject, event);
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
