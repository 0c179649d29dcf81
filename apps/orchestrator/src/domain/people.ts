import type { PeopleCommand, PeopleRequest } from '@trimtab/contracts';
import type { Json } from '@trimtab/kernel';
import type { Actor, RunInput } from '@trimtab/workflow';
import type { Asked } from './stored-run-event.js';

/** People's commands to a run that is there. */
export type RunCommand = Extract<
  PeopleCommand,
  | 'cancel-run'
  | 'pause-run'
  | 'resume-run'
  | 'terminate-run'
  | 'signal-run'
  | 'retry-task'
  | 'skip-task'
  | 'decide-approval'
>;

type Bare<I> = I extends RunInput ? Omit<I, 'id' | 'at'> : never;
export type BareInput = Bare<RunInput>;

/** Until authentication exists the local profile has one user with all roles; the name is recorded as it was given. */
export const person = (id: string): Actor => ({ kind: 'person', id });

type Translations = { readonly [C in RunCommand]: (request: PeopleRequest<C>) => BareInput };

const NO_REASON = 'no reason given';

const translations: Translations = {
  'cancel-run': ({ actor, reason, compensate }) => ({
    kind: 'cancel',
    by: person(actor),
    reason: reason ?? NO_REASON,
    undo: compensate,
  }),
  'terminate-run': ({ actor, reason }) => ({
    kind: 'terminate',
    by: person(actor),
    reason: reason ?? NO_REASON,
  }),
  'signal-run': ({ actor, name, payload }) => ({
    kind: 'signal',
    name,
    payload: (payload ?? null) as Json,
    by: person(actor),
  }),
  'retry-task': ({ actor, taskId }) => ({ kind: 'retryNow', task: taskId, by: person(actor) }),
  'skip-task': ({ actor, taskId, reason }) => ({
    kind: 'skipTask',
    task: taskId,
    by: person(actor),
    reason: reason ?? NO_REASON,
  }),
  'pause-run': ({ actor }) => ({ kind: 'pause', by: person(actor) }),
  'resume-run': ({ actor }) => ({ kind: 'resume', by: person(actor) }),
  'decide-approval': ({ taskId, decision, digest, actor, reason }) => ({
    kind: 'decision',
    task: taskId,
    granted: decision === 'grant',
    by: person(actor),
    digest,
    comment: reason,
  }),
};

export function inputOfCommand<C extends RunCommand>(command: C, request: PeopleRequest<C>): BareInput {
  return translations[command](request);
}

/** Who wants what and why, for the audit trail. */
export const askedBy = <C extends RunCommand>(command: C, request: PeopleRequest<C>): Asked => ({
  command,
  actor: request.actor,
  reason: request.reason,
  task: 'taskId' in request ? request.taskId : undefined,
});
