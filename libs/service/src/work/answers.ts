import type { OutboxMessage } from '@trimtab/event-store';
import { batchOf, encodeEntry } from '@trimtab/messaging';
import type { Delivery, Messaging } from '@trimtab/messaging';

const MAX_BYTES = 256 * 1024;

interface Waiting {
  readonly message: OutboxMessage;
  readonly delivery: Delivery;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Sends answers. Commands that came in one message have one asker, so those of their answers that are ready at the
 * same time go back in one message.
 */
export class Answers {
  private readonly open = new Map<object, Waiting[]>();

  constructor(private readonly messaging: Pick<Messaging, 'publish' | 'publishBatch'>) {}

  /** Resolves when the broker has stored the answer. Throws `bus.*`. */
  give(message: OutboxMessage, delivery: Delivery): Promise<void> {
    const { batch } = delivery;
    if (!batch) return this.single(message, delivery);
    return new Promise((resolve, reject) => {
      const group = this.open.get(batch) ?? [];
      group.push({ message, delivery, resolve, reject });
      if (group.length > 1) return;
      this.open.set(batch, group);
      setImmediate(() => {
        this.open.delete(batch);
        this.sendAll(group);
      });
    });
  }

  /** A command that is sent again deliberately gets its answer again: the broker must not take it for a repetition. */
  private async single({ subject, envelope }: OutboxMessage, { streamSequence }: Delivery): Promise<void> {
    await this.messaging.publish(subject, envelope, { sendNumber: streamSequence });
  }

  private sendAll(group: readonly Waiting[]): void {
    let part: Waiting[] = [];
    let entries: string[] = [];
    let bytes = 0;
    for (const waiting of group) {
      const entry = encodeEntry(waiting.message.envelope);
      if (bytes + entry.length > MAX_BYTES && part.length > 0) {
        this.send(part, entries);
        [part, entries, bytes] = [[], [], 0];
      }
      part.push(waiting);
      entries.push(entry);
      bytes += entry.length;
    }
    this.send(part, entries);
  }

  private send(part: readonly Waiting[], entries: readonly string[]): void {
    const [first] = part;
    if (!first) return;
    const sent: Promise<unknown> =
      part.length === 1
        ? this.single(first.message, first.delivery)
        : this.messaging.publishBatch(first.message.subject, batchOf(entries));
    sent.then(
      () => part.forEach(({ resolve }) => resolve()),
      (error: unknown) => part.forEach(({ reject }) => reject(error)),
    );
  }
}
