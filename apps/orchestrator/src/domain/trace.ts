import { spanIdOf, traceIdOf } from '@trimtab/kernel';

/** Name of a task's attempt within its run's trace. */
export const attemptKey = (task: string, attempt: number): string => `${task}#${attempt}`;

/**
 * `traceparent` under the span of a run's start, or under a named span of the run; its flag says whether the trace is
 * kept. Where it is not, nobody looks for a span, and the one of the start stands for all.
 */
export function runTrace(runId: string, span?: string, untraced?: boolean): string {
  if (untraced) return startTrace(runId).dropped;
  return span === undefined ? startTrace(runId).kept : `${traceOf(runId, span)}01`;
}

const traceOf = (runId: string, span: string): string => `00-${traceIdOf(runId)}-${spanIdOf(runId, span)}-`;

/** Events of one run come together: the last one is kept. */
let last = { runId: '', kept: '', dropped: '' };

function startTrace(runId: string): typeof last {
  if (last.runId === runId) return last;
  const trace = traceOf(runId, 'run.start');
  return (last = { runId, kept: `${trace}01`, dropped: `${trace}00` });
}
