import type { ConsumerDefinition } from '@trimtab/contracts';
import type { DeadLetterRows } from '@trimtab/event-store';
import { AppError } from '@trimtab/kernel';
import { ack, decode, decodeBatch, isBatch, maxDeliveriesSubject, readAdvisory } from '@trimtab/messaging';
import type {
  ConsumerSpec,
  Consumption,
  DeadLetterRecord,
  HeaderMap,
  Messaging,
  RawDelivery,
  Settlement,
} from '@trimtab/messaging';
import { readCommand } from './command.js';
import type { Command } from './command.js';
import type { TaskExecutor } from './task-executor.js';

/** Keeps messages that were given up as rows, and answers given-up commands with a failed result. */
export class GivenUp {
  constructor(
    private readonly rows: Pick<DeadLetterRows, 'insert'>,
    private readonly tasks: Pick<TaskExecutor, 'fail'>,
  ) {}

  /** For `onDeadLetter`: everything here is durable before the original is acknowledged. */
  async keep(letter: DeadLetterRecord): Promise<void> {
    const { id, service, reason, subject, headers, body, error } = letter;
    await this.rows.insert({ id, service, reason, subject, headers, body, error });
    const lower = Object.fromEntries(
      Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]),
    );
    const why = new AppError(
      'task.dead-lettered',
      `The command became the dead letter ${id} (${reason}): ${error ?? ''}`,
      {
        retry: reason === 'max-deliveries' ? 'later' : 'never',
        details: { deadLetter: id, reason },
      },
    );
    for (const command of commandsIn(body, lower)) await this.tasks.fail(command, why);
  }

  /** Buries commands whose workers died on every delivery; the broker says so once, in a captured advisory. */
  watch(messaging: Messaging, service: string, advisories: ConsumerSpec): Consumption {
    const bury = async (delivery: RawDelivery): Promise<Settlement> => {
      const advisory = readAdvisory(delivery.raw);
      const onDeadLetter = (letter: DeadLetterRecord): Promise<void> => this.keep(letter);
      if (advisory) await messaging.buryGivenUp(advisory, { service, removeFromStream: true, onDeadLetter });
      return ack;
    };
    const { stream, durable, ackWaitMs } = advisories;
    return messaging.consume({
      stream,
      durable,
      service,
      ackWaitMs,
      concurrency: 4,
      onRaw: bury,
      onMessage: () => ack,
    });
  }
}

/** The command, or those of a batch, as far as they can be read. */
function commandsIn(body: Uint8Array, headers: HeaderMap): Command[] {
  const batch = isBatch(headers) ? decodeBatch(body) : undefined;
  const decoded = batch
    ? batch.ok
      ? batch.entries.map((entry) => entry.decoded)
      : []
    : [decode(body, headers)];
  return decoded.flatMap((one) => (one.ok ? (readCommand(one.envelope) ?? []) : []));
}

/** The durable consumer of the advisories about another durable consumer. */
export const advisoryConsumer = ({ stream, durable }: ConsumerDefinition): ConsumerSpec => ({
  stream: 'ADV',
  durable: `given-up-${durable}`,
  filterSubjects: [maxDeliveriesSubject(stream, durable)],
  ackWaitMs: 30_000,
  maxDeliver: -1,
  maxAckPending: 64,
});
