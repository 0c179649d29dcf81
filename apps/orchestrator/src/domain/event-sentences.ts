import type { StoredRunEvent } from './stored-run-event.js';

type Of<T extends StoredRunEvent['type']> = StoredRunEvent & { readonly type: T };

/** What an event says, in plain words; undefined for what nobody asks about. */
// One line per event: the length of the switch is the length of the language.
// eslint-disable-next-line complexity, max-lines-per-function
export function sentenceOf(event: StoredRunEvent): string | undefined {
  switch (event.type) {
    case 'RunStarted':
      return event.parent
        ? `started by task ${event.parent.task} of run ${event.parent.runId}`
        : `started by ${event.by.id}${event.restart ? `, doing run ${event.restart.runId} again` : ''}`;
    case 'RunPaused':
      return `paused by ${event.by.id}${because(event)}`;
    case 'RunResumed':
      return `resumed by ${event.by.id}${because(event)}`;
    case 'RunEnding':
      return event.fate.to === 'COMPLETED' ? 'ends' : `is being stopped: ${event.fate.error.message}`;
    case 'RunAdapted':
      return adaptation(event);
    case 'RunCompleted':
      return event.failedTasks > 0 ? `completed; ${event.failedTasks} tasks had failed` : 'completed';
    case 'RunFailed':
      return `failed: ${event.error.message}`;
    case 'RunCancelled':
      return `cancelled: ${event.error.message}`;
    case 'RunCompensated':
      return `what it did was undone: ${event.error.message}`;
    case 'RunTerminated':
      return `terminated by ${event.by.id}: ${event.reason}`;
    case 'RunRestarted':
      return `done again as run ${event.as}${event.from ? ` from ${event.from} on` : ''} by ${event.by.id}`;
    case 'CompensationStarted':
      return event.order.length > 0 ? `undoes ${event.order.join(', ')}` : 'has nothing to undo';
    case 'CompensationEnded':
      return event.failed
        ? `${event.failed.task} could not be undone: ${event.failed.error.message}`
        : undefined;
    case 'TaskQueued':
      return queued(event);
    case 'TaskStarted':
      return `a worker began attempt ${event.attempt}`;
    case 'FanOutStarted':
      return `runs once for each of ${event.items.length} items`;
    case 'TaskWaiting':
      return waiting(event);
    case 'TaskRetrying':
      return `attempt ${event.attempt} failed (${event.error.code}: ${event.error.message}); tried again at ${event.dueAt}`;
    case 'TaskCompleted':
      return `completed${event.meta.worker ? ` by ${event.meta.worker}` : ''}`;
    case 'TaskFailed':
      return `failed for good (${event.error.code}): ${event.error.message}`;
    case 'TaskSkipped':
      return skipped(event);
    case 'TaskCancelled':
      return `cancelled: ${event.reason}`;
    case 'TaskCompensated':
      return 'its effect was undone';
    case 'ApprovalGranted':
      return `granted by ${event.by.kind === 'policy' ? 'policy ' : ''}${event.by.id}${event.comment ? `: ${event.comment}` : ''}`;
    case 'ApprovalRejected':
      return `rejected by ${event.by.id}${event.comment ? `: ${event.comment}` : ''}`;
    case 'RunSuspended':
      return `the run waits for somebody to resolve its failure: ${event.error.message}`;
    case 'SignalReceived':
      return `got the signal ${event.name} from ${event.by.id}`;
  }
}

const because = ({ meta }: StoredRunEvent): string => (meta.asked?.reason ? `: ${meta.asked.reason}` : '');

function adaptation({ policy, reason, change, on, tasks }: Of<'RunAdapted'>): string {
  if (!on) return `policy ${policy} took back ${change.do}: ${reason}`;
  const what = {
    concurrency:
      change.do === 'concurrency' ? `fan-outs at ${Math.round(change.share * 100)} % of their width` : '',
    'skip-optional': 'optional tasks are left out',
    branch: change.do === 'branch' ? `the branch ${change.name} is taken` : '',
  }[change.do];
  return `policy ${policy} adapted it (${what}; ${tasks.join(', ')}): ${reason}`;
}

function queued({ attempt, pool, route, meta }: Of<'TaskQueued'>): string {
  const place = `${route?.service ?? meta.uses?.split('.')[0] ?? ''}/${pool}`;
  if (!route) return `attempt ${attempt} went to ${place}, the default`;
  const { policy, reason, violation, reroutedFrom } = route;
  const from = reroutedFrom === undefined ? 'went' : `was moved from ${reroutedFrom}`;
  const instead = violation
    ? `, because policy ${violation.policy} could not be followed (${violation.why})`
    : '';
  return `attempt ${attempt} ${from} to ${place} by ${policy}: ${reason}${instead}`;
}

function waiting({ wait, violation }: Of<'TaskWaiting'>): string {
  const why = violation ? `; policy ${violation.policy} could not be followed (${violation.why})` : '';
  switch (wait.for) {
    case 'approval':
      return `waits for a decision on ${wait.digest} until ${wait.until}`;
    case 'signal':
      return `waits for the signal ${wait.name}`;
    case 'timer':
      return `waits until ${wait.until}`;
    case 'child':
      return `started run ${wait.child} and waits for it`;
    case 'blocked':
      return `waits for ${wait.on || 'its turn'}, which is not there yet${why}`;
    case 'resolution':
      return `failed (${wait.error.message}) and waits for somebody to resume, retry or skip it`;
  }
}

function skipped({ reason, by, meta }: Of<'TaskSkipped'>): string {
  if (by) return `skipped by ${by.id}${meta.asked?.reason ? `: ${meta.asked.reason}` : ''}`;
  return reason === 'condition' ? 'skipped: its condition was false' : `skipped: ${reason}`;
}
