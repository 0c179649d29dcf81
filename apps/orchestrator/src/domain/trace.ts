import { spanIdOf, traceIdOf } from '@trimtab/kernel';

/** Name of a task's attempt within its run's trace. */
export const attemptKey = (task: string, attempt: number): string => `${task}#${attempt}`;

/** `traceparent` under the span of a run's start, or under a named span of the run. */
export const runTrace = (runId: string, span = 'run.start'): string =>
  `00-${traceIdOf(runId)}-${spanIdOf(runId, span)}-01`;
