import { resultConsumer, subjects } from '@trimtab/contracts';
import { partitionOf } from '@trimtab/kernel';
import type { Envelope, ErrorInfo } from '@trimtab/kernel';
import { ack } from '@trimtab/messaging';
import type { Consumption, DeadLetterRecord, Delivery, Messaging, Settlement } from '@trimtab/messaging';
import { originOf, readAnswer } from '../domain/task-messages.js';
import type { TaskAnswer } from '../domain/task-messages.js';
import { nearPayload, tooLarge } from '../domain/limits.js';
import { warnNear } from '../handlers/near-limits.js';
import type { PartitionRuns } from '../handlers/partition-runs.js';
import { isCode, moved } from '../handlers/run-deciding.js';
import { failUnreadable } from '../handlers/unreadable-answers.js';
import type { World } from '../handlers/world.js';

const AT_ONCE = 1_024;

/** Results of a partition to its runs; acknowledged when what follows from them is stored and sent. */
export function consumeResults(messaging: Messaging, world: World, runs: PartitionRuns): Consumption {
  const { stream, durable, ackWaitMs, maxDeliver } = resultConsumer(runs.lease.partition);
  return messaging.consume({
    stream,
    durable,
    ackWaitMs,
    maxDeliver,
    service: 'orchestrator',
    concurrency: AT_ONCE,
    onMessage: (delivery) => receive(messaging, world, runs, delivery),
    onDeadLetter: (letter) => unreadable(world, letter),
  });
}

/**
 * Answers to a batch of commands come in one message, on the subject of one of their partitions. Those of a partition
 * that has another owner by now go on to it.
 */
function receive(
  messaging: Messaging,
  world: World,
  runs: PartitionRuns,
  { envelope, raw }: Delivery,
): Settlement | Promise<Settlement> {
  const read = readable(envelope);
  if ('kind' in read) return read;
  const error = tooLarge('The result', raw.length, world.limits);
  const answer: TaskAnswer = error ? { ...read, outcome: { kind: 'failed', error } } : read;
  const partition = partitionOf(answer.runId, world.log.partitionCount);
  const owner = partition === runs.lease.partition ? runs : world.owned(partition);
  const near = nearPayload(raw.length, world.limits);
  if (near && owner) warnNear(world, answer.runId, partition, { ...near, task: answer.task });
  const given = owner
    ? owner.answer(answer)
    : messaging.publish(subjects.result(partition, answer.runId), envelope);
  return given.then(acknowledged, (refused: unknown) => notTaken(world, envelope, refused));
}

const acknowledged = (): Settlement => ack;

function readable(envelope: Envelope): TaskAnswer | Settlement {
  try {
    return readAnswer(envelope);
  } catch (error) {
    return { kind: 'dead', reason: 'invalid-result', error };
  }
}

async function notTaken(world: World, envelope: Envelope, error: unknown): Promise<Settlement> {
  if (!isCode(error, 'append.invalid')) throw error;
  await unstored(world, envelope);
  return { kind: 'dead', reason: 'unstorable-result', error };
}

/** Others have told their run what became of it. */
async function unreadable(world: World, { subject, headers, body, reason }: DeadLetterRecord): Promise<void> {
  const origin = reason === 'unstorable-result' ? undefined : originOf(subject, headers, body);
  if (origin) await failUnreadable(world, origin, reason);
}

async function unstored(world: World, envelope: Envelope): Promise<void> {
  const answer = readAnswer(envelope);
  const owner = world.owned(partitionOf(answer.runId, world.log.partitionCount));
  if (!owner) throw moved();
  await owner.answer({ ...answer, outcome: { kind: 'failed', error: unstorable } });
}

const unstorable: ErrorInfo = {
  code: 'result.unstorable',
  message: 'The log refuses the result: see the dead letter, and give large results by reference.',
  retry: 'never',
};

/** Gives a partition a new consumer: what an earlier owner had in hand comes to this one at once, not after an ack timeout. */
export async function resetResults(messaging: Messaging, partition: number): Promise<void> {
  const consumer = resultConsumer(partition);
  const jsm = await messaging.jsm();
  await jsm.consumers.delete(consumer.stream, consumer.durable).catch(() => false);
  await messaging.provision({ streams: [], consumers: [consumer] });
}
