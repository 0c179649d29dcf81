import { resultConsumer } from '@trimtab/contracts';
import type { ErrorInfo } from '@trimtab/kernel';
import { ack } from '@trimtab/messaging';
import type { Consumption, Delivery, Messaging, Settlement } from '@trimtab/messaging';
import { readAnswer } from '../domain/task-messages.js';
import { tooLarge } from '../domain/limits.js';
import type { EngineLimits } from '../domain/limits.js';
import type { PartitionRuns } from '../handlers/partition-runs.js';
import { isCode } from '../handlers/run-deciding.js';

const AT_ONCE = 1_024;

/** Results of a partition to its runs; acknowledged when what follows from them is stored and sent. */
export function consumeResults(messaging: Messaging, runs: PartitionRuns, limits: EngineLimits): Consumption {
  const { stream, durable, ackWaitMs, maxDeliver } = resultConsumer(runs.lease.partition);
  return messaging.consume({
    stream,
    durable,
    ackWaitMs,
    maxDeliver,
    service: 'orchestrator',
    concurrency: AT_ONCE,
    onMessage: (delivery) => receive(runs, delivery, limits),
  });
}

async function receive(
  runs: PartitionRuns,
  { envelope, raw }: Delivery,
  limits: EngineLimits,
): Promise<Settlement> {
  try {
    const error = tooLarge('The result', raw.length, limits);
    const answer = readAnswer(envelope);
    await runs.answer(error ? { ...answer, outcome: { kind: 'failed', error } } : answer);
    return ack;
  } catch (error) {
    if (isCode(error, 'result.invalid')) return { kind: 'dead', reason: 'invalid-result', error };
    if (!isCode(error, 'append.invalid')) throw error;
    await runs.answer({ ...readAnswer(envelope), outcome: { kind: 'failed', error: unstorable } });
    return { kind: 'dead', reason: 'unstorable-result', error };
  }
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
