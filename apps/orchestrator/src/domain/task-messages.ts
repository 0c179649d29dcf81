import { subjects, TASK_COMMAND, TASK_RESULT, TaskResultData } from '@trimtab/contracts';
import type { TaskCommandData } from '@trimtab/contracts';
import type { Envelope, Json } from '@trimtab/kernel';
import { AppError } from '@trimtab/kernel';
import type { Outcome, SendTask } from '@trimtab/workflow';
import type { LiveRun } from './live-run.js';
import { attemptKey, runTrace } from './trace.js';

export interface OutgoingCommand {
  readonly subject: string;
  readonly envelope: Envelope<TaskCommandData>;
}

type Attempt = Pick<SendTask, 'task' | 'attempt'>;

/** Id of the command for an attempt: equal however often it is made, so that workers recognize it. */
export const commandId = (runId: string, { task, attempt }: Attempt): string =>
  `${runId}/${attemptKey(task, attempt)}`;

/**
 * Id of a command that is sent while its decision is being stored. Should that fail, the run may come to another input
 * for the same attempt: so the id names the input, and an answer is one to this input or to none.
 */
export const aheadId = (runId: string, attempt: Attempt, inputDigest: string): string =>
  `${commandId(runId, attempt)}/${inputDigest}`;

/** The message that asks a service for one attempt; with a digest of the input when it is sent ahead. */
export function commandMessage(
  { runId, untraced }: Pick<LiveRun, 'runId' | 'untraced'>,
  partition: number,
  command: SendTask,
  at: string,
  inputDigest?: string,
): OutgoingCommand {
  const { task, attempt, uses, input, deadline } = command;
  const key = attemptKey(task, attempt);
  return {
    subject: subjectOf(command),
    envelope: {
      specversion: '1.0',
      id: inputDigest === undefined ? commandId(runId, command) : aheadId(runId, command, inputDigest),
      source: '/trimtab/orchestrator',
      type: TASK_COMMAND,
      subject: `run/${runId}`,
      time: at,
      datacontenttype: 'application/json',
      traceparent: runTrace(runId, key, untraced),
      correlationid: runId,
      runid: runId,
      taskid: task,
      attempt,
      fencetoken: `${attempt}.0`,
      data: {
        type: uses,
        input,
        replyTo: subjects.result(partition, runId),
        deadline,
        ...(inputDigest !== undefined && { ahead: true }),
      },
    },
  };
}

/** Where the workers of a pool hear of a kind of task. */
export function subjectOf({ uses, pool }: Pick<SendTask, 'uses' | 'pool'>): string {
  const [service = '', action = ''] = uses.split('.');
  return subjects.command(service, pool, action);
}

/** What a worker answered. */
export interface TaskAnswer {
  readonly runId: string;
  readonly task: string;
  readonly attempt: number;
  readonly claim: number;
  readonly outcome: Outcome;
  readonly startedAt: string;
  readonly endedAt: string;
  readonly worker: string;
  /** Commands of this type that the worker takes in one message; undefined when it takes single ones only. */
  readonly takes?: number | undefined;
  /** The worker only computes. */
  readonly computed?: boolean;
  /** Id of the command that it answers, where the worker says so. */
  readonly command?: string | undefined;
}

/** Reads a result message. Throws `result.invalid` (never): it is a dead letter. */
export function readAnswer(envelope: Envelope): TaskAnswer {
  const { runid, taskid, attempt } = envelope;
  if (envelope.type !== TASK_RESULT || !runid || !taskid || !attempt) {
    throw invalid(envelope, 'type, runid, taskid or attempt is missing');
  }
  const data = TaskResultData.safeParse(envelope.data);
  if (!data.success) throw invalid(envelope, data.error.issues[0]?.message ?? 'data');
  const { startedAt, endedAt, worker, takes, effects } = data.data;
  const claim = claimOf(envelope.fencetoken);
  return {
    runId: runid,
    task: taskid,
    attempt,
    claim,
    outcome: outcomeOf(data.data),
    startedAt,
    endedAt,
    worker,
    takes,
    computed: effects === 'none',
    command: envelope.causationid,
  };
}

/** Whose answer a message is, as far as it can be told when it cannot be read. */
export interface AnswerOrigin {
  readonly runId: string;
  readonly task?: string;
  readonly attempt?: number;
}

/** From the subject, and from attributes in headers or body when there are any; undefined when it is no answer to a run. */
export function originOf(
  subject: string,
  headers: Readonly<Record<string, string>>,
  body: Uint8Array,
): AnswerOrigin | undefined {
  const attributes = attributesIn(body);
  const told = (name: string): unknown => attributes[name] ?? headers[`ce-${name}`];
  const [task, attempt] = [told('taskid'), Number(told('attempt'))];
  const runId = told('runid') ?? subject.split('.').at(-1);
  if (typeof runId !== 'string') return undefined;
  return {
    runId,
    ...(typeof task === 'string' && { task }),
    ...(Number.isInteger(attempt) && { attempt }),
  };
}

function attributesIn(body: Uint8Array): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(Buffer.from(body).toString());
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}

function outcomeOf(data: TaskResultData): Outcome {
  switch (data.status) {
    case 'completed':
      return { kind: 'completed', output: (data.output ?? null) as Json };
    case 'failed':
      return { kind: 'failed', error: data.error };
    case 'blocked':
      return { kind: 'blocked', on: data.on, retryInMs: data.retryInMs };
  }
}

/** The second half of `<attempt>.<claim>`. */
function claimOf(fenceToken = ''): number {
  const claim = Number(fenceToken.split('.')[1] ?? 0);
  return Number.isInteger(claim) ? claim : 0;
}

const invalid = (envelope: Envelope, reason: string): AppError =>
  new AppError('result.invalid', `A task result cannot be read: ${reason}.`, {
    details: { id: envelope.id },
  });
