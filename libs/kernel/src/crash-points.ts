/**
 * Named places between the steps of the loop, where a fault test may end or stop a process. They do nothing until
 * somebody arms one, and cost a call.
 */
export const CRASH_POINTS = [
  /** A run's owner has decided; nothing is stored. */
  'run.decided',
  /** The decision is stored; its commands are not sent. */
  'run.stored',
  /** A batch of events is about to be sent to Postgres. */
  'log.before-commit',
  /** Postgres has committed a batch; nobody was told. */
  'log.after-commit',
  'bus.before-publish',
  /** The broker has the message; its acknowledgement was not taken in. */
  'bus.before-pub-ack',
  'bus.after-pub-ack',
  /** What a message asked for is done; the broker was not told. */
  'bus.before-ack',
  'bus.after-ack',
  /** A worker has claimed a command; its handler was not called. */
  'task.received',
  /** The handler has returned; nothing is stored. */
  'task.worked',
  /** Rows and result are stored; nothing is published. */
  'task.stored',
  /** The result is published; the command is not acknowledged. */
  'task.published',
  /** Whoever has an external effect has recorded its intent, and the effect did not take place. */
  'effect.before',
  /** The effect took place; its answer was not taken in. */
  'effect.during',
  'effect.after',
] as const;
export type CrashPoint = (typeof CRASH_POINTS)[number];

let reached: ((point: CrashPoint) => void) | undefined;

/** Says that the process has come to a point. One line where it matters, nothing more. */
export const crashPoint = (point: CrashPoint): void => reached?.(point);

/** Calls `onReached` at every point from now on; without it none does anything again. For the shell that starts a process. */
export function armCrashPoints(onReached?: (point: CrashPoint) => void): void {
  reached = onReached;
}
