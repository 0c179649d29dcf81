import { spanIdOf } from '@trimtab/kernel';

/** A task key taken apart: `id`, `id[3]` (an element of its fan-out), and each with `~undo` (its compensation). */
export interface KeyParts {
  readonly id: string;
  readonly index?: number;
  readonly undo: boolean;
}

const UNDO = '~undo';

export function partsOfKey(key: string): KeyParts {
  if (!key.includes('[') && !key.includes('~')) return { id: key, undo: false };
  const undo = key.endsWith(UNDO);
  const base = undo ? key.slice(0, -UNDO.length) : key;
  const bracket = base.indexOf('[');
  if (bracket < 0) return { id: base, undo };
  return { id: base.slice(0, bracket), index: Number(base.slice(bracket + 1, -1)), undo };
}

export const itemKey = (id: string, index: number): string => `${id}[${index}]`;
export const undoKey = (key: string): string => key + UNDO;
export const undoneKey = (key: string): string => key.slice(0, -UNDO.length);

export type TimerKind = 'retry' | 'queue' | 'run' | 'beat' | 'wait';

/** Timers name the attempt they belong to, so that a late one finds nothing to do. */
export const timerKey = (kind: TimerKind, task: string, attempt: number): string =>
  `${kind}/${task}/${attempt}`;
export const RUN_TIMER = 'deadline';

export function partsOfTimer(key: string): { kind: TimerKind; task: string; attempt: number } | undefined {
  const [kind, task, attempt] = key.split('/');
  if (!task || !attempt) return undefined;
  return { kind: kind as TimerKind, task, attempt: Number(attempt) };
}

/** The run that a `workflow` task starts: the same id however often the start is repeated. */
export function childRunId(runId: string, task: string, attempt: number): string {
  const hex = spanIdOf(runId, `${task}#${attempt}/child/a`) + spanIdOf(runId, `${task}#${attempt}/child/b`);
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20)}`;
}
