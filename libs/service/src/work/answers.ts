import type { OutboxMessage } from '@trimtab/event-store';
import { crashPoint } from '@trimtab/kernel';
import { batchOf, encodeEntry } from '@trimtab/messaging';
import type { Batch, Delivery, Messaging } from '@trimtab/messaging';

const MAX_BYTES = 256 * 1024;

const published = (): void => crashPoint('task.published');

/** Answers that go back in one message. */
interface Group {
  readonly first: { readonly message: OutboxMessage; readonly delivery: Delivery };
  readonly entries: string[];
  bytes: number;
  readonly sent: Promise<void>;
  readonly settle: (sent: Promise<unknown>) => void;
}

/** What of a batch was answered so far. */
interface Open {
  given: number;
  group: Group | undefined;
}

/**
 * Sends answers. Commands that came in one message have one asker, so those of their answers that are ready at the
 * same time go back in one message: at once when the batch is answered completely, else at the end of the turn.
 */
export class Answers {
  private readonly open = new WeakMap<Batch, Open>();

  constructor(private readonly messaging: Pick<Messaging, 'publish' | 'publishBatch'>) {}

  /** Resolves when the broker has stored the answer. Throws `bus.*`. */
  give(message: OutboxMessage, delivery: Delivery): Promise<void> {
    const { batch } = delivery;
    if (!batch) return this.single(message, delivery).then(published);
    const open = this.openOf(batch);
    const entry = encodeEntry(message.envelope);
    if (open.group && open.group.bytes + entry.length > MAX_BYTES) this.send(open);
    const group = (open.group ??= this.groupOf(open, message, delivery));
    group.entries.push(entry);
    group.bytes += entry.length;
    open.given += 1;
    if (open.given === batch.size) this.send(open);
    return group.sent;
  }

  private openOf(batch: Batch): Open {
    const known = this.open.get(batch);
    if (known) return known;
    const open = { given: 0, group: undefined };
    this.open.set(batch, open);
    return open;
  }

  private groupOf(open: Open, message: OutboxMessage, delivery: Delivery): Group {
    let settle: Group['settle'] = () => undefined;
    const sent = new Promise<void>((resolve) => (settle = (sending) => resolve(sending.then(published))));
    const group = { first: { message, delivery }, entries: [], bytes: 0, sent, settle };
    setImmediate(() => {
      if (open.group === group) this.send(open);
    });
    return group;
  }

  /** A command that is sent again deliberately gets its answer again: the broker must not take it for a repetition. */
  private single({ subject, envelope }: OutboxMessage, { streamSequence }: Delivery): Promise<unknown> {
    return this.messaging.publish(subject, envelope, { sendNumber: streamSequence });
  }

  private send(open: Open): void {
    const { group } = open;
    if (!group) return;
    open.group = undefined;
    const { message, delivery } = group.first;
    group.settle(
      group.entries.length === 1
        ? this.single(message, delivery)
        : this.messaging.publishBatch(message.subject, batchOf(group.entries)),
    );
  }
}
