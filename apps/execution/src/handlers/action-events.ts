import { publicEvent } from '@trimtab/contracts';
import type { ActionResult, PublicEvent } from '@trimtab/contracts';

/** Every result is published, also that of an action that was left undone: its status says which it is. */
export function eventOf(runId: string, result: ActionResult): PublicEvent {
  const subject = `action/${result.actionId}`;
  if (result.status === 'rolled-back')
    return publicEvent('trimtab.action.rolled-back.v1', subject, { runId, result });
  return result.status === 'verified'
    ? publicEvent('trimtab.action.executed.v1', subject, { runId, result })
    : publicEvent('trimtab.action.failed.v1', subject, { runId, result });
}
