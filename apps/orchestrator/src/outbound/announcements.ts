import { subjects } from '@trimtab/contracts';
import type { PublicEvent } from '@trimtab/contracts';
import { PostgresOutbox, withTransaction } from '@trimtab/event-store';
import type { Sql, UnsentMessage } from '@trimtab/event-store';
import type { Envelope } from '@trimtab/kernel';
import type { Logger } from '@trimtab/observability';
import type { Pool } from 'pg';
import type { TaskBus } from './task-bus.js';

const BATCH = 200;
/** Readers that were away for longer have more to catch up on than this. */
const REACH_MS = 3_600_000;

export interface AnnouncementWorld {
  readonly pool: Pool;
  readonly schema: string;
  readonly bus: Pick<TaskBus, 'publish'>;
  readonly logger: Logger;
  readonly newId: () => string;
}

/** Says a public event in the transaction that made it true. */
export type Say = (event: PublicEvent, runId?: string) => void;

/** Public events that belong to no run's history: committed with their cause, published after, again until they are out. */
export class Announcements {
  private readonly outbox: PostgresOutbox;

  constructor(private readonly world: AnnouncementWorld) {
    this.outbox = new PostgresOutbox(world.pool, world.schema);
  }

  async commit<Result>(work: (tx: Sql, say: Say) => Promise<Result>): Promise<Result> {
    const { pool } = this.world;
    let unsent: UnsentMessage[] = [];
    const result = await withTransaction(pool, async (tx) => {
      const said: Envelope[] = [];
      const outcome = await work(tx, (event, runId) => void said.push(this.envelope(event, runId)));
      const messages = said.map((envelope) => ({ subject: subjects.event(envelope.type), envelope }));
      unsent = await this.outbox.add(tx, messages);
      return outcome;
    });
    await this.publish(unsent);
    return result;
  }

  /** Publishes what a crash or a broker that was away left over. */
  async drain(): Promise<void> {
    await this.publish(await this.outbox.unsent(BATCH));
  }

  /** The stream that had them is gone: those of the last hour are published again. Readers know an event by its id. */
  async sayAgain(): Promise<void> {
    const now = Date.now();
    await this.outbox.sendAgain('trimtab.evt.', new Date(now - REACH_MS), new Date(now + REACH_MS));
  }

  /** Forgets what was published longer ago than this. */
  prune(olderThanMs: number): Promise<number> {
    return this.outbox.prune(olderThanMs);
  }

  private async publish(messages: readonly UnsentMessage[]): Promise<void> {
    const sent: string[] = [];
    for (const { subject, envelope, position } of messages) {
      try {
        await this.world.bus.publish([{ subject, envelope }]);
        sent.push(position);
      } catch (error) {
        this.world.logger.warn('public events wait in the outbox', { error });
        break;
      }
    }
    if (sent.length > 0) await this.outbox.markSent(sent);
  }

  private envelope(event: PublicEvent, runId: string | undefined): Envelope {
    return {
      specversion: '1.0',
      id: this.world.newId(),
      source: '/trimtab/orchestrator',
      type: event.type,
      subject: event.subject,
      time: new Date().toISOString(),
      datacontenttype: 'application/json',
      ...(runId === undefined ? {} : { runid: runId, correlationid: runId }),
      data: event.data,
    };
  }
}
