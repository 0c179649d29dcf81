import type { Sql } from '@trimtab/event-store';
import type { Logger } from '@trimtab/observability';

/** One attempt of one task of one run, as a worker receives it; `input` is already validated by the task's contract. */
export interface Task<Input = unknown> {
  readonly runId: string;
  /** Unique per task instance within the run, for example `inventory[3]`. */
  readonly taskId: string;
  /** The contract's name, for example `discovery.inventory`. */
  readonly type: string;
  /** 1 for the first attempt that the orchestrator asks for. */
  readonly attempt: number;
  readonly input: Input;
  /** RFC 3339 UTC; after it the orchestrator no longer waits for the result. */
  readonly deadline?: string;
  readonly correlationId: string;
  readonly commandId: string;
}

/** What a handler may use of the world while it works on a task. */
export interface TaskContext {
  /** Aborts at the deadline and when the service must stop before the handler has finished. */
  readonly signal: AbortSignal;
  readonly log: Logger;
  /** Second half of the fencing token (attempt, claim), for what takes a token: a newer one has the right. */
  readonly claim: number;
  /** Sends live progress to people; cheap (at most a few messages a second leave the process), never fails. */
  progress(done: number, total?: number, note?: string): void;
  /** Call before each external effect. Throws `task.superseded` (never) when a newer claim of this command exists. */
  assertCurrent(): Promise<void>;
}

/** A domain event for anybody: published on `trimtab.evt.<context>.<event>.v<major>`, which its `type` names. */
export interface PublicEvent {
  /** For example `trimtab.recommendation.raised.v1`. */
  readonly type: string;
  /** What the event is about, for example `recommendation/01J…`; events of one subject are ordered by `sequence`. */
  readonly subject: string;
  readonly data: unknown;
}

/** What a handler gives back. Output, events and `write` become durable in one transaction. */
export interface TaskOutcome<Output = unknown> {
  /** Checked against the task's contract; above 64 KB it travels by reference through the artifact store. */
  readonly output: Output;
  readonly events?: readonly PublicEvent[];
  /** Rows of this service, written in the transaction that stores the result. No other effect belongs here. */
  write?(tx: Sql): Promise<void>;
}

/** The shape of a method under `@TaskHandler`. Throw an `AppError` to fail: `retry` says if another attempt may help. */
export type TaskFunction<Input = unknown, Output = unknown> = (
  task: Task<Input>,
  context: TaskContext,
) => Promise<TaskOutcome<Output>>;
