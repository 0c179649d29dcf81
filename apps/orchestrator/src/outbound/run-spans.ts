import { emitRunSpan, RUN_START } from '@trimtab/observability';
import type { RunEvent } from '@trimtab/workflow';
import type { EventMeta } from '../domain/stored-run-event.js';
import { attemptKey } from '../domain/trace.js';

/** The trace of a run: one span per attempt, exported when it ends; waits take no time of their own. */
export abstract class RunSpans {
  abstract record(runId: string, event: RunEvent, meta: EventMeta): void;
}

export class ExportedRunSpans extends RunSpans {
  override record(runId: string, event: RunEvent, meta: EventMeta): void {
    if (meta.untraced) return;
    const end = new Date(event.at);
    const start = meta.startedAt ? new Date(meta.startedAt) : end;
    switch (event.type) {
      case 'RunStarted':
        return emitRunSpan({
          ...root(runId, event),
          start: end,
          end,
          attributes: { 'trimtab.workflow': meta.workflow },
        });
      case 'TaskCompleted':
        return emitRunSpan({ ...attempt(runId, event.task, event.attempt, meta), start, end });
      case 'TaskFailed':
      case 'TaskRetrying':
        return emitRunSpan({
          ...attempt(runId, event.task, event.attempt, meta),
          start,
          end,
          error: event.error.code,
        });
      case 'TaskWaiting':
        return emitRunSpan({
          runId,
          key: `${attemptKey(event.task, event.attempt)}/wait`,
          name: `wait ${event.wait.for}`,
          start: end,
          end,
        });
      default:
    }
  }
}

const root = (runId: string, event: RunEvent & { type: 'RunStarted' }) => ({
  runId,
  key: RUN_START,
  name: RUN_START,
  parent: null,
  links: event.parent ? [{ runId: event.parent.runId, relation: 'parent' }] : [],
});

const attempt = (runId: string, task: string, number: number, meta: EventMeta) => ({
  runId,
  key: attemptKey(task, number),
  name: `task ${meta.uses ?? 'unknown'}`,
  attributes: { 'trimtab.task_id': task, 'trimtab.attempt': number },
});
