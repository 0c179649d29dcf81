import { TASK_COMMAND, TaskCommandData, taskContracts } from '@trimtab/contracts';
import { AppError } from '@trimtab/kernel';
import type { TaskResultData } from '@trimtab/contracts';
import type { Envelope } from '@trimtab/kernel';
import type { z } from 'zod';
import type { Task } from '../task.js';

interface TaskContract {
  readonly input: z.ZodType;
  readonly output: z.ZodType;
}

/** A command as the worker needs it: the task before its input was checked, and where the answer goes. */
export interface Command {
  readonly task: Task;
  readonly replyTo: string;
  /** Whether the decision behind it may still come to nothing. */
  readonly ahead: boolean;
  readonly envelope: Envelope;
}

/** Undefined when the envelope is no task command, so that nobody can be answered. */
export function readCommand(envelope: Envelope): Command | undefined {
  const { runid, taskid, attempt, id, correlationid } = envelope;
  const data = TaskCommandData.safeParse(envelope.data);
  if (envelope.type !== TASK_COMMAND || !data.success || !runid || !taskid || attempt === undefined)
    return undefined;
  const { type, input, deadline, replyTo, ahead = false } = data.data;
  const task = {
    runId: runid,
    taskId: taskid,
    type,
    attempt,
    input,
    correlationId: correlationid ?? runid,
    commandId: id,
    ...(deadline === undefined ? {} : { deadline }),
  };
  return { task, replyTo, ahead, envelope };
}

/**
 * The answer of a worker that may have effects to a command that was sent ahead, because another worker of its kind only
 * computes: it is asked again when the decision is stored.
 */
export const notYet = (at: string, worker: string): TaskResultData => ({
  status: 'blocked',
  on: 'the decision behind the command',
  retryInMs: 0,
  startedAt: at,
  endedAt: at,
  worker,
});

/** Contracts by task type: those of @trimtab/contracts unless a spec brings its own. */
export type TaskContracts = Readonly<Record<string, TaskContract>>;
export const publishedContracts: TaskContracts = taskContracts;

/** Throws `task.unknown-type` or `task.invalid-input` (never). */
export function checkedInput(contracts: TaskContracts, type: string, input: unknown): unknown {
  return checked(contractOf(contracts, type).input, input, 'task.invalid-input', `The input of ${type}`);
}

/** Throws `task.invalid-output` (never). */
export function checkedOutput(contracts: TaskContracts, type: string, output: unknown): unknown {
  return checked(contractOf(contracts, type).output, output, 'task.invalid-output', `The output of ${type}`);
}

function contractOf(contracts: TaskContracts, type: string): TaskContract {
  const contract = Object.hasOwn(contracts, type) ? contracts[type] : undefined;
  if (contract) return contract;
  throw new AppError(
    'task.unknown-type',
    `This worker knows no task type "${type}": deploy a version that does.`,
  );
}

function checked(schema: z.ZodType, value: unknown, code: string, what: string): unknown {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const problems = result.error.issues
    .slice(0, 20)
    .map((issue) => `${issue.path.join('.')}: ${issue.message}`);
  throw new AppError(code, `${what} does not fit its contract: ${problems.slice(0, 3).join('; ')}.`, {
    details: { problems },
  });
}
