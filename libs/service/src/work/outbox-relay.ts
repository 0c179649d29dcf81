import type { Outbox, UnsentMessage } from '@trimtab/event-store';
import type { Messaging } from '@trimtab/messaging';
import type { Logger } from '@trimtab/observability';

const EVERY_MS = 5_000;
const BATCH = 200;

/** Publishes what was committed: at once after its commit, and again on start and every few seconds what is left over. */
export class OutboxRelay {
  private timer: NodeJS.Timeout | undefined;
  private running: Promise<void> | undefined;
  private marking: Promise<void> | undefined;
  private readonly sent: string[] = [];
  private readonly tried: string[] = [];
  private readonly inHand = new Set<string>();
  private readonly onTheirWay = new Set<Promise<unknown>>();

  constructor(
    private readonly outbox: Outbox,
    private readonly messaging: Pick<Messaging, 'publish' | 'connected'>,
    private readonly log: Logger,
  ) {}

  start(): void {
    const turn = (): void => {
      this.running ??= this.drain().finally(() => (this.running = undefined));
    };
    this.timer = setInterval(turn, EVERY_MS);
    turn();
  }

  async stop(): Promise<void> {
    clearInterval(this.timer);
    await this.running;
    await this.marking;
  }

  /** Sends messages of one commit, in order. What fails stays in the outbox for the next turn. */
  send(messages: readonly UnsentMessage[]): Promise<boolean> {
    const sending = this.sendAll(messages).finally(() => this.onTheirWay.delete(sending));
    this.onTheirWay.add(sending);
    return sending;
  }

  /** Resolves when what is on its way at this moment is marked as sent, or stays in the outbox. */
  async settled(): Promise<void> {
    await Promise.allSettled(this.onTheirWay);
    await this.marking;
  }

  private async sendAll(messages: readonly UnsentMessage[]): Promise<boolean> {
    for (const { position } of messages) this.inHand.add(position);
    const results = await Promise.allSettled(messages.map((message) => this.publish(message)));
    const positions = (status: string): string[] =>
      messages.filter((_message, i) => results[i]?.status === status).map(({ position }) => position);
    this.mark(positions('fulfilled'), this.sent);
    const unsent = positions('rejected');
    if (unsent.length === 0) return true;
    const error: unknown = results.find((result) => result.status === 'rejected')?.reason;
    this.log.warn('messages stay in the outbox', { count: unsent.length, error });
    this.mark(unsent, this.tried);
    return false;
  }

  /** Marks are gathered while the last ones are written: one that is lost costs a send that the broker de-duplicates. */
  private mark(positions: readonly string[], marks: string[]): void {
    marks.push(...positions);
    this.marking ??= this.writeMarks().finally(() => (this.marking = undefined));
  }

  private async writeMarks(): Promise<void> {
    await new Promise((done) => setImmediate(done));
    while (this.sent.length + this.tried.length > 0) {
      const [sent, tried] = [this.sent.splice(0), this.tried.splice(0)];
      try {
        if (sent.length > 0) await this.outbox.markSent(sent);
        if (tried.length > 0) await this.outbox.markTried(tried);
      } catch (error) {
        this.log.warn('the outbox could not be marked', { error });
      }
      for (const position of [...sent, ...tried]) this.inHand.delete(position);
    }
  }

  private publish({ subject, envelope, sends }: UnsentMessage): Promise<unknown> {
    return this.messaging.publish(subject, envelope, { sendNumber: sends + 1 });
  }

  private async drain(): Promise<void> {
    try {
      for (;;) {
        if (!this.messaging.connected) return;
        const unsent = (await this.outbox.unsent(BATCH)).filter(({ position }) => !this.inHand.has(position));
        if (unsent.length === 0 || !(await this.send(unsent))) return;
        await this.marking;
      }
    } catch (error) {
      this.log.warn('the outbox could not be read', { error });
    }
  }
}
