import { spanIdOf, traceIdOf } from '@trimtab/kernel';

/** Name of a task's attempt within its run's trace. */
export const attemptKey = (task: string, attempt: number): string => `${task}#${attempt}`;

/** `traceparent` under the span of a run's start, or under a named span of the run. */
export const runTrace = (runId: string, span?: string): string =>
  span === undefined ? startTrace(runId) : `00-${traceIdOf(runId)}-${spanIdOf(runId, span)}-01`;

/** Events of one run come together: the last one is kept. */
let last = { runId: '', trace: '' };

function startTrace(runId: string): string {
  if (last.runId !== runId) last = { runId, trace: runTrace(runId, 'run.start') };
  return last.trace;
}
