import { createInbox } from '@nats-io/nats-core';
import type { Msg, MsgHdrs, NatsConnection, Subscription } from '@nats-io/nats-core';
import { crashPoint } from '@trimtab/kernel';
import type { Envelope } from '@trimtab/kernel';
import { eventHeaders, HeaderBytes, headerText, messageIdOf } from './header-bytes.js';

/** An event with the subject that it goes to. */
export interface Addressed {
  readonly subject: string;
  readonly envelope: Envelope;
}

export interface FastBatchOptions {
  readonly ackTimeoutMs: number;
  /** Publishes one message by itself. */
  readonly single: (message: Addressed) => Promise<unknown>;
}

interface OpenBatch {
  readonly messages: readonly Addressed[];
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
  readonly due: number;
}

/** The broker's word on a batch: `batch` when all of it is stored, `error` when not, neither for how fast to go on. */
interface BatchReply {
  readonly batch?: string;
  readonly error?: unknown;
  /** Of a server that took the message for a single one. */
  readonly stream?: string;
}

/** Small enough that the broker need not slow the sender down in the middle. */
const MOST = 256;
/** For fewer, one acknowledgement each costs no more. */
const FEWEST = 3;
const MOST_BYTES = 512 * 1024;
/** After a refusal the broker is asked again so much later. */
const REFUSED_MS = 60_000;
const SINCE = [2, 14] as const;

/** Operations of the fast-ingest protocol, in the reply subject `<inbox>.<batch>.<flow>.<gaps>.<n>.<operation>.$FI`. */
const FIRST = 0;
const NEXT = 1;
const LAST = 2;

/** Whether a server knows batches that it stores as they come (fast ingest of ADR 50 of NATS). */
export function takesBatches({ info }: Pick<NatsConnection, 'info'>): boolean {
  const [major = 0, minor = 0] = (info?.version ?? '').split('.').map(Number);
  return major > SINCE[0] || (major === SINCE[0] && minor >= SINCE[1]);
}

/**
 * Publishes events many at a time, each a message of its own in the stream, with one acknowledgement for all of them.
 * Whatever goes wrong with a batch, its events are published one by one: the broker leaves out those it has by their ids.
 */
export class FastBatches {
  private readonly prefix = createInbox();
  private readonly open = new Map<string, OpenBatch>();
  private readonly subscription: Subscription;
  private counter = 0;
  private refusedUntil = 0;
  private connected = true;

  constructor(
    private readonly nc: NatsConnection,
    private readonly options: FastBatchOptions,
  ) {
    this.subscription = nc.subscribe(`${this.prefix}.>`, {
      callback: (_error, msg) => this.answered(msg),
    });
  }

  get outstanding(): number {
    return this.open.size;
  }

  /** Resolves when the broker has all of them. Errors as of `Publisher.publish`. */
  async publish(messages: readonly Addressed[]): Promise<void> {
    if (messages.length < FEWEST || !this.usable()) return this.singly(messages);
    const parts: Promise<void>[] = [];
    for (let at = 0; at < messages.length; at += MOST) parts.push(this.part(messages.slice(at, at + MOST)));
    await settled(parts);
  }

  /** What has no answer in time is published one by one. */
  sweep(now: number): void {
    for (const [token, { due }] of this.open) if (due <= now) this.refused(token);
  }

  disconnected(): void {
    this.connected = false;
    for (const token of [...this.open.keys()]) this.giveUp(token);
  }

  reconnected(): void {
    this.connected = true;
  }

  close(): void {
    for (const token of [...this.open.keys()]) this.giveUp(token);
    this.subscription.unsubscribe();
  }

  private usable(): boolean {
    return this.connected && Date.now() >= this.refusedUntil && takesBatches(this.nc);
  }

  private part(messages: readonly Addressed[]): Promise<void> {
    const texts = messages.map(({ envelope }) => JSON.stringify(envelope));
    const heads = messages.map(({ envelope }) => headOf(envelope));
    const size = sizeOf(texts) + sizeOf(heads);
    if (size > MOST_BYTES || messages.length < FEWEST || !this.connected) return this.singly(messages);
    const token = (this.counter += 1).toString(36);
    return new Promise((resolve, reject) => {
      this.open.set(token, { messages, resolve, reject, due: Date.now() + this.options.ackTimeoutMs });
      crashPoint('bus.before-publish');
      try {
        this.send(token, messages, packed(heads, texts, size));
      } catch {
        this.giveUp(token);
      }
    });
  }

  private send(token: string, messages: readonly Addressed[], views: readonly Buffer[]): void {
    const count = messages.length;
    for (let i = 0; i < count; i += 1) {
      const operation = i === 0 ? FIRST : i === count - 1 ? LAST : NEXT;
      const reply = `${this.prefix}.${token}.${MOST}.fail.${i + 1}.${operation}.$FI`;
      const headers = new HeaderBytes(views[2 * i] as Buffer) as unknown as MsgHdrs;
      this.nc.publish((messages[i] as Addressed).subject, views[2 * i + 1] as Buffer, { reply, headers });
    }
  }

  private answered(msg: Msg): void {
    const token = msg.subject.slice(this.prefix.length + 1, msg.subject.indexOf('.', this.prefix.length + 1));
    const entry = this.open.get(token);
    if (!entry) return;
    const reply = replyOf(msg);
    if (reply.batch !== undefined) {
      crashPoint('bus.before-pub-ack');
      this.open.delete(token);
      entry.resolve();
      crashPoint('bus.after-pub-ack');
    } else if (reply.error !== undefined || reply.stream !== undefined) this.refused(token);
  }

  private refused(token: string): void {
    this.refusedUntil = Date.now() + REFUSED_MS;
    this.giveUp(token);
  }

  private giveUp(token: string): void {
    const entry = this.open.get(token);
    this.open.delete(token);
    if (entry) this.singly(entry.messages).then(entry.resolve, entry.reject);
  }

  private async singly(messages: readonly Addressed[]): Promise<void> {
    await settled(messages.map((message) => this.options.single(message)));
  }
}

/** Waits until each has its fate; throws what the first said that failed. */
async function settled(all: readonly Promise<unknown>[]): Promise<void> {
  for (const fate of await Promise.allSettled(all)) if (fate.status === 'rejected') throw fate.reason;
}

const headOf = (envelope: Envelope): string =>
  headerText({ ...eventHeaders(envelope), 'Nats-Msg-Id': messageIdOf(envelope) });

function sizeOf(texts: readonly string[]): number {
  let size = 0;
  for (const text of texts) size += Buffer.byteLength(text);
  return size;
}

/** Head, body, head, body, … in one piece of memory. */
function packed(heads: readonly string[], bodies: readonly string[], size: number): Buffer[] {
  const bytes = Buffer.allocUnsafeSlow(size);
  const views: Buffer[] = [];
  let at = 0;
  for (let i = 0; i < bodies.length; i += 1) {
    for (const text of [heads[i] as string, bodies[i] as string]) {
      const end = at + bytes.write(text, at);
      views.push(bytes.subarray(at, end));
      at = end;
    }
  }
  return views;
}

function replyOf(msg: Msg): BatchReply {
  if (msg.data.length === 0) return { error: msg.headers?.code ?? 'no answer' };
  try {
    return msg.json<BatchReply>();
  } catch (error) {
    return { error };
  }
}
