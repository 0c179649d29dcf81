import type { Logger } from '@trimtab/observability';
import type { z } from 'zod';
import type { Task } from '../task.js';

/** What a plain handler may know and use while it works on a task. */
export interface PlainContext extends Pick<
  Task,
  'runId' | 'taskId' | 'type' | 'attempt' | 'deadline' | 'correlationId'
> {
  /** The same on every attempt and delivery of this task: give it to whatever must not act twice. */
  readonly idempotencyKey: string;
  /** Aborts at the deadline, on cancellation, and when the worker stops before the handler has finished. */
  readonly signal: AbortSignal;
  readonly log: Logger;
  /** Sends live progress to people; cheap, never fails. */
  progress(done: number, total?: number, note?: string): void;
}

/** One task type: its contract and the function that does it. Throw an `AppError` to fail; `retry` says if another attempt may help. */
export interface PlainTask<Input = never> {
  /** Anything goes without one. */
  readonly input?: z.ZodType<Input>;
  readonly output?: z.ZodType;
  /**
   * `none`: the handler only computes. Its commands go out while their decisions are being stored, and may be worked on
   * in vain.
   */
  readonly effects?: 'none';
  readonly handler: (input: Input, context: PlainContext) => unknown;
}
