import type { PostgresOutbox } from '@trimtab/event-store';
import type { Messaging } from '@trimtab/messaging';
import type { Logger } from '@trimtab/observability';
import type { OutboxRelay } from './outbox-relay.js';

const STREAM = 'EVT';
const SUBJECTS = 'trimtab.evt.';
const EVERY_MS = 5_000;
/** Readers that were away for longer have more to catch up on than this. */
const REACH_MS = 3_600_000;

/**
 * Lets public events be sent again that went to a stream which is gone: with it was lost what not everybody had read.
 * Readers know an event by its id.
 */
export class LostEvents {
  private timer: NodeJS.Timeout | undefined;
  /** When the stream was made that has what was sent. */
  private known: string | undefined;
  private looking: Promise<void> | undefined;

  constructor(
    private readonly outbox: Pick<PostgresOutbox, 'sendAgain'>,
    private readonly relay: Pick<OutboxRelay, 'settled'>,
    private readonly messaging: Pick<Messaging, 'jsm' | 'connected'>,
    private readonly log: Logger,
  ) {}

  start(): void {
    const turn = (): void => {
      this.looking ??= this.turn().finally(() => (this.looking = undefined));
    };
    this.timer = setInterval(turn, EVERY_MS);
    turn();
  }

  stop(): void {
    clearInterval(this.timer);
  }

  /** Compares the stream with what was sent to it. */
  async look(): Promise<void> {
    const created = String((await (await this.messaging.jsm()).streams.info(STREAM)).created);
    if (created === this.known) return;
    // What the lost stream had taken may be marked as sent only now, with what else its commit sends.
    await this.relay.settled();
    const made = Date.parse(created);
    const until = this.known === undefined ? made : made + REACH_MS;
    const count = await this.outbox.sendAgain(SUBJECTS, new Date(made - REACH_MS), new Date(until));
    this.known = created;
    if (count > 0) this.log.warn('public events are sent again: the stream that had them is gone', { count });
  }

  private async turn(): Promise<void> {
    if (!this.messaging.connected) return;
    await this.look().catch((error: unknown) =>
      this.log.debug('the stream of public events cannot be looked at', { error }),
    );
  }
}
