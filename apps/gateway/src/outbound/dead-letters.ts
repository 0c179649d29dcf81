import { setTimeout as sleep } from 'node:timers/promises';
import { AckPolicy, jetstream } from '@nats-io/jetstream';
import type { ConsumerMessages, JsMsg } from '@nats-io/jetstream';
import { AppError } from '@trimtab/kernel';
import type { DeadLetterView } from '@trimtab/contracts';
import type { Messaging } from '@trimtab/messaging';
import { deadLetterHeaders } from '@trimtab/messaging';
import type { Logger } from '@trimtab/observability';
import type { DataSource } from 'typeorm';
import { DeadLetterRow } from './read-model.entities.js';

const STREAM = 'DLQ';
const DURABLE = 'gateway';
const RETRY_MS = 2_000;
const FILTERS = ['service', 'status'] as const;

/**
 * Keeps the dead letters of the DLQ stream as rows, so that they outlive the stream.
 * Reads raw messages: what was given up may be bytes that nothing can decode.
 */
export class DeadLetters {
  private messages: ConsumerMessages | undefined;
  private collecting: Promise<void> = Promise.resolve();
  private readonly stopping = new AbortController();

  constructor(
    private readonly database: DataSource,
    private readonly messaging: Messaging,
    private readonly log: Logger,
  ) {}

  /** Collects until `stop`; a lost stream or consumer is set up again. */
  start(): void {
    this.collecting = this.collect();
  }

  async stop(): Promise<void> {
    this.stopping.abort();
    await this.messages?.close();
    await this.collecting;
  }

  private async collect(): Promise<void> {
    const { signal } = this.stopping;
    while (!signal.aborted) {
      try {
        const manager = await this.messaging.jsm();
        await manager.consumers.add(STREAM, { durable_name: DURABLE, ack_policy: AckPolicy.Explicit });
        const consumer = await jetstream(this.messaging.nc).consumers.get(STREAM, DURABLE);
        this.messages = await consumer.consume({ abort_on_missing_resource: true });
        // Not awaited: it is closed when the loop comes to it.
        if (signal.aborted) void this.messages.close();
        for await (const message of this.messages) await this.keep(message);
      } catch (error) {
        // The stream is not there yet, or a server is away: look again.
        this.log.debug('dead letters cannot be collected now', { error });
      }
      await sleep(RETRY_MS, undefined, { signal }).catch(() => undefined);
    }
  }

  async list(filter: {
    service?: string | undefined;
    status?: string | undefined;
    limit: number;
  }): Promise<DeadLetterView[]> {
    const where = Object.fromEntries(
      FILTERS.filter((name) => filter[name] !== undefined).map((name) => [name, filter[name]]),
    );
    const rows = await this.database
      .getRepository(DeadLetterRow)
      .find({ where, order: { at: 'DESC' }, take: filter.limit });
    return rows.map(viewOf);
  }

  async show(id: string): Promise<DeadLetterView> {
    return viewOf(await this.row(id));
  }

  /** Publishes the original bytes and headers to the original subject under a new message id. */
  async replay(id: string, by: { actor: string; reason?: string | undefined }): Promise<DeadLetterView> {
    const row = await this.row(id);
    const { 'Nats-Msg-Id': _seen, ...headers } = row.headers;
    await this.messaging.publishRaw(row.subject, row.payload, {
      msgId: `replay:${id}:${Date.now()}`,
      headers,
    });
    await this.database.getRepository(DeadLetterRow).update({ id }, { status: 'replayed' });
    this.log.info('a dead letter was replayed', { id, subject: row.subject, ...by });
    return viewOf({ ...row, status: 'replayed' });
  }

  private async row(id: string): Promise<DeadLetterRow> {
    const row = await this.database.getRepository(DeadLetterRow).findOneBy({ id });
    if (row) return row;
    throw new AppError(
      'dead-letter.not-found',
      `There is no dead letter ${id}: \`trimtab dlq list\` shows what there is.`,
    );
  }

  private async keep(message: JsMsg): Promise<void> {
    const row = rowOf(message);
    await this.database.createQueryBuilder().insert().into(DeadLetterRow).values(row).orIgnore().execute();
    message.ack();
  }
}

function rowOf(message: JsMsg): Omit<DeadLetterRow, 'headers'> & { headers: Record<string, string> } {
  const all = Object.fromEntries(
    [...(message.headers ?? [])].map(([name, values]) => [name, storable(values[0] ?? '')]),
  );
  const names = deadLetterHeaders;
  const about = new Set<string>(Object.values(names));
  const [, , service = '', reason = ''] = message.subject.split('.');
  return {
    id: all[names.id] ?? `DLQ:${message.seq}`,
    service,
    reason: all[names.reason] ?? reason,
    error: all[names.error] ?? '',
    subject: all[names.subject] ?? message.subject,
    deliveries: Number(all[names.deliveries]) || 0,
    status: 'new',
    at: new Date(all[names.at] ?? message.time),
    headers: Object.fromEntries(Object.entries(all).filter(([name]) => !about.has(name))),
    payload: Buffer.from(message.data),
  };
}

/** Postgres keeps no NUL in a text. */
const storable = (text: string): string => text.replaceAll('\u0000', '');

const viewOf = ({ at, payload, ...row }: DeadLetterRow): DeadLetterView => ({
  ...row,
  at: at.toISOString(),
  payload: payload.toString('base64'),
});
