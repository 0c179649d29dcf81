import { publicEvent } from '@trimtab/contracts';
import type { PublicEvent } from '@trimtab/contracts';
import type { Violation } from '@trimtab/workflow';
import type { StoredRunEvent } from './stored-run-event.js';

type Stored<T extends StoredRunEvent['type']> = StoredRunEvent & { readonly type: T };

/** Why an attempt went elsewhere than by default, and what could not be followed. */
export function routed(runId: string, subject: string, event: Stored<'TaskQueued'>): PublicEvent[] {
  const { route, task: taskId, attempt, pool, meta, at } = event;
  if (!route) return [];
  const { policy, reason, reroutedFrom = null, violation } = route;
  const uses = meta.uses ?? '';
  const service = route.service ?? uses.split('.')[0] ?? '';
  const task = { runId, taskId, uses, attempt, service, pool };
  const applied = `${policy}: ${reason}`;
  return [
    ...(violation ? [violated(runId, subject, taskId, violation, applied, at)] : []),
    publicEvent('trimtab.task.routed.v1', subject, { ...task, policy, reason, reroutedFrom, at }),
  ];
}

/** Nobody was found who can do a task. */
export function unfollowed(runId: string, subject: string, event: Stored<'TaskWaiting'>): PublicEvent[] {
  const { violation, task, wait, at } = event;
  if (!violation || wait.for !== 'blocked') return [];
  return [violated(runId, subject, task, violation, `the task waits for ${wait.on}`, at)];
}

function violated(
  runId: string,
  subject: string,
  taskId: string,
  { policy, why: violation }: Violation,
  reason: string,
  at: string,
): PublicEvent {
  const data = { policy, violation, reason, runId, taskId, at };
  return publicEvent('trimtab.policy.violated.v1', subject, data);
}

/** A policy changed what is left of one run. */
export function adapted(runId: string, subject: string, event: Stored<'RunAdapted'>): PublicEvent[] {
  const { policy, reason, change, on, tasks, at } = event;
  const data = {
    policy,
    phase: on ? ('entered' as const) : ('left' as const),
    action: change.do,
    service: change.service,
    pool: null,
    reason,
    runId,
    tasks: [...tasks],
    at,
  };
  return [publicEvent('trimtab.policy.adapted.v1', subject, data)];
}
