import { publicEvent } from '@trimtab/contracts';
import type { PublicEvent } from '@trimtab/contracts';
import type { Json } from '@trimtab/kernel';
import type { Wait } from '@trimtab/workflow';
import type { Asked, EventMeta, StoredRunEvent } from './stored-run-event.js';

/** The run that an event is about. */
export const runOf = (runId: string, { meta }: StoredRunEvent) => ({
  runId,
  workflow: meta.workflow,
  version: meta.version,
});

/** The run at its end. */
export const endOf = (runId: string, { meta, at }: StoredRunEvent) => ({
  runId,
  workflow: meta.workflow,
  version: meta.version,
  startedAt: meta.startedAt ?? at,
  endedAt: at,
  tasks: { ...meta.tasks },
});

/** The audit trail: somebody's command had consequences. */
export function commanded(runId: string, { meta, at }: StoredRunEvent, asked: Asked): PublicEvent {
  const { command, actor, reason = null, task: taskId = null } = asked;
  const { workflow, version } = meta;
  const data = { runId, workflow, version, command, taskId, actor, reason, at };
  return publicEvent('trimtab.run.commanded.v1', `run/${runId}`, data);
}

/** A link from an ended run to the one that does it again. */
export function restarted(
  run: { runId: string; workflow: string; version: number },
  subject: string,
  event: StoredRunEvent & { type: 'RunRestarted' },
): PublicEvent {
  const { as: restartedAs, from = null, by, meta, at } = event;
  const reason = meta.asked?.reason ?? null;
  return publicEvent('trimtab.run.restarted.v1', subject, {
    ...run,
    restartedAs,
    from,
    actor: by.id,
    reason,
    at,
  });
}

/** `approval`, `timer` …; of what is not there yet also what it is. */
export const waitReason = (wait: Wait): string => (wait.for === 'blocked' ? `blocked: ${wait.on}` : wait.for);

/** An attempt failed, for now or for good; an approval that nobody gave in time has expired. */
export function attemptFailed(
  runId: string,
  subject: string,
  event: StoredRunEvent & { type: 'TaskRetrying' | 'TaskFailed' },
): PublicEvent[] {
  const { task: taskId, attempt, error, meta, at } = event;
  const willRetryAt = event.type === 'TaskRetrying' ? event.dueAt : null;
  const task = { runId, taskId, uses: meta.uses ?? '', attempt };
  const failed = { ...task, error, willRetryAt, at, ...workOf(meta) };
  const expired = willRetryAt === null && error.code === 'workflow.approval-expired';
  return [
    publicEvent('trimtab.task.failed.v1', subject, failed),
    ...(expired
      ? [
          publicEvent('trimtab.approval.expired.v1', subject, {
            runId,
            taskId,
            digest: meta.digest ?? '',
            at,
          }),
        ]
      : []),
  ];
}

/** Who worked on a failed attempt and when; nothing when nobody answered. */
function workOf({
  worker,
  startedAt,
  endedAt,
}: EventMeta): Pick<EventMeta, 'worker' | 'startedAt' | 'endedAt'> {
  return worker === undefined ? {} : { worker, startedAt, endedAt };
}

/** What somebody is asked to decide. */
export function approvalRequest(
  runId: string,
  subject: string,
  event: StoredRunEvent & { type: 'TaskWaiting' },
): PublicEvent[] {
  const { wait, task, at } = event;
  if (wait.for !== 'approval') return [];
  const data = {
    runId,
    taskId: task,
    digest: wait.digest,
    title: titleOf(wait.info) ?? `Approve ${task}`,
    details: wait.info,
    expiresAt: wait.until,
    requestedAt: at,
  };
  return [publicEvent('trimtab.approval.requested.v1', subject, data)];
}

function titleOf(info: Json): string | undefined {
  if (info === null || typeof info !== 'object' || !('title' in info)) return undefined;
  return typeof info.title === 'string' ? info.title : undefined;
}
