import { eventContracts, subjects, TASK_RESULT } from '@trimtab/contracts';
import type { TaskResultData } from '@trimtab/contracts';
import type { OutboxMessage } from '@trimtab/event-store';
import { AppError } from '@trimtab/kernel';
import type { Envelope } from '@trimtab/kernel';
import { currentTrace } from '@trimtab/messaging';
import type { TraceFields } from '@trimtab/messaging';
import type { PublicEvent } from '../task.js';
import type { Command } from './command.js';

/** Events above this travel as a reference to an artifact instead. */
const MAX_EVENT_BYTES = 512 * 1024;

/** The answer to a command. Its id follows from the command and the claim, so that the same answer is the same message. */
export function resultMessage(
  command: Command,
  claim: number,
  source: string,
  data: TaskResultData,
): OutboxMessage {
  const { task, replyTo } = command;
  const { traceparent, tracestate } = traceOf(command);
  // In one piece: it is made for every answer, and a part that is spread into it costs more than all the rest.
  const envelope = {
    specversion: '1.0' as const,
    id: `${task.commandId}.${claim}`,
    source,
    type: TASK_RESULT,
    subject: `run/${task.runId}`,
    time: data.endedAt,
    datacontenttype: 'application/json',
    traceparent,
    tracestate,
    correlationid: task.correlationId,
    causationid: task.commandId,
    runid: task.runId,
    taskid: task.taskId,
    attempt: task.attempt,
    fencetoken: `${task.attempt}.${claim}`,
    data,
  };
  return { subject: replyTo, envelope: envelope as Envelope };
}

/** Public events of a task. Throws `event.invalid` or `event.too-large` (never). */
export function eventMessages(
  command: Command,
  source: string,
  time: string,
  events: readonly PublicEvent[],
): OutboxMessage[] {
  return events.map((event, index) => ({
    subject: subjects.event(event.type),
    envelope: {
      specversion: '1.0',
      id: `${command.task.commandId}.e${index}`,
      source,
      type: event.type,
      subject: event.subject,
      time,
      datacontenttype: 'application/json',
      ...lineage(command),
      data: checkedEvent(event),
    },
  }));
}

/** Without a tracer here, what came with the command still ties its answers to the run's trace. */
function traceOf({ envelope }: Command): TraceFields {
  const current = currentTrace();
  return current.traceparent ? current : envelope;
}

function lineage(command: Command): Partial<Envelope> {
  const { task } = command;
  const { traceparent, tracestate } = traceOf(command);
  return {
    ...(traceparent ? { traceparent } : {}),
    ...(tracestate ? { tracestate } : {}),
    correlationid: task.correlationId,
    causationid: task.commandId,
    runid: task.runId,
    taskid: task.taskId,
    attempt: task.attempt,
  };
}

function checkedEvent({ type, data }: PublicEvent): unknown {
  const contract = Object.hasOwn(eventContracts, type)
    ? eventContracts[type as keyof typeof eventContracts]
    : undefined;
  const problem = contract?.safeParse(data).error?.issues[0];
  if (problem) {
    throw new AppError(
      'event.invalid',
      `The event ${type} does not fit its contract: ${problem.path.join('.')} ${problem.message}.`,
    );
  }
  if (Buffer.byteLength(JSON.stringify(data) ?? '') <= MAX_EVENT_BYTES) return data;
  throw new AppError(
    'event.too-large',
    `The event ${type} has more than ${MAX_EVENT_BYTES} bytes: publish a reference.`,
  );
}
