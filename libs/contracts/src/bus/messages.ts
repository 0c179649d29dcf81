import { z } from 'zod';
import { ErrorInfoSchema, Instant } from '../domain/common.js';

/** CloudEvent types of the two task messages. */
export const TASK_COMMAND = 'trimtab.task.command.v1';
export const TASK_RESULT = 'trimtab.task.result.v1';

/** `data` of a task command; runid, taskid, attempt and fencetoken are attributes of the envelope. */
export const TaskCommandData = z.object({
  type: z.string(),
  input: z.unknown(),
  /** Subject that the result is published on. */
  replyTo: z.string(),
  deadline: Instant.optional(),
  /** The decision behind it is still being stored: only for workers whose answers say `effects: 'none'`. */
  ahead: z.literal(true).optional(),
});
export type TaskCommandData = z.infer<typeof TaskCommandData>;

const worked = {
  startedAt: Instant,
  endedAt: Instant,
  worker: z.string(),
  /** Commands of this type that the worker takes in one message; only single ones when it does not say. */
  takes: z.int().positive().optional(),
  /** The worker only computes: its commands may come before the decision behind them is stored. */
  effects: z.literal('none').optional(),
};

/** `data` of a task result. */
export const TaskResultData = z.discriminatedUnion('status', [
  z.object({ status: z.literal('completed'), output: z.unknown(), ...worked }),
  z.object({ status: z.literal('failed'), error: ErrorInfoSchema, ...worked }),
  /** What the task depends on is not there yet: no failure; it is asked for again later. */
  z.object({
    status: z.literal('blocked'),
    on: z.string().min(1),
    retryInMs: z.int().min(0).optional(),
    ...worked,
  }),
]);
export type TaskResultData = z.infer<typeof TaskResultData>;

/** Live messages on core NATS: frequent, small, may be lost. */
export const LiveMessage = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('progress'),
    runId: z.string(),
    taskId: z.string(),
    attempt: z.int(),
    done: z.number(),
    total: z.number().optional(),
    note: z.string().optional(),
    at: Instant,
  }),
  z.object({
    kind: z.literal('heartbeat'),
    runId: z.string(),
    taskId: z.string(),
    attempt: z.int(),
    at: Instant,
  }),
  z.object({
    kind: z.literal('cancel'),
    runId: z.string(),
    taskId: z.string(),
    attempt: z.int(),
    at: Instant,
  }),
]);
export type LiveMessage = z.infer<typeof LiveMessage>;
