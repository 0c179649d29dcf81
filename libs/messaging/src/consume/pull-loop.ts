import { createInbox } from '@nats-io/nats-core';
import type { Msg, NatsConnection, Subscription } from '@nats-io/nats-core';
import type { LoggerPort } from '../connection/logger.port.js';

export interface PullLoopOptions {
  readonly stream: string;
  readonly durable: string;
  /** Messages that may be in hand at the same time; no more are asked for, so none waits in a buffer. */
  readonly concurrency: number;
  readonly onMessage: (msg: Msg) => void;
  /** Messages are about to be asked for: what else is to be said can go along. */
  readonly onRequest?: () => void;
  /** The consumer does not answer: it, its stream or JetStream is away. Called at most once a second. */
  readonly onMissing: () => void;
  readonly log: LoggerPort;
  readonly heartbeatMs?: number;
}

const EXPIRES_MS = 30_000;
const RETRY_MS = 500;

/**
 * Asks a pull consumer for as many messages as there are free places. Requests carry idle heartbeats: when neither a
 * message nor a heartbeat comes, all requests are given up and made again on a new inbox.
 */
export class PullLoop {
  private readonly requests = new Map<string, { batch: number; at: number }>();
  private readonly heartbeatMs: number;
  private inbox = '';
  private subscription: Subscription | undefined;
  private requested = 0;
  private inHand = 0;
  private counter = 0;
  private lastHeard = Date.now();
  private pausedUntil = 0;
  private stopped = false;
  private readonly watchdog: NodeJS.Timeout;

  constructor(
    private readonly nc: NatsConnection,
    private readonly options: PullLoopOptions,
  ) {
    this.heartbeatMs = options.heartbeatMs ?? 5_000;
    this.watchdog = setInterval(() => this.watch(), Math.min(this.heartbeatMs, RETRY_MS));
    this.watchdog.unref();
    this.restart();
  }

  /** A message was settled: its place is free. */
  done(): void {
    this.inHand -= 1;
    this.pump();
  }

  /** Forgets all requests (the broker did too, after a reconnect) and asks anew. */
  restart(): void {
    if (this.stopped) return;
    this.subscription?.unsubscribe();
    this.requests.clear();
    this.requested = 0;
    this.lastHeard = Date.now();
    this.inbox = createInbox();
    this.subscription = this.nc.subscribe(`${this.inbox}.*`, {
      callback: (_error, msg) => this.receive(msg),
    });
    this.pump();
  }

  /** Asks for nothing more; resolves when what was under way has arrived. */
  async stop(): Promise<void> {
    this.stopped = true;
    clearInterval(this.watchdog);
    await this.subscription?.drain().catch(() => undefined);
  }

  private pump(): void {
    if (this.stopped || Date.now() < this.pausedUntil) return;
    const free = this.options.concurrency - this.inHand - this.requested;
    const enough = Math.max(1, this.options.concurrency >> 2);
    if (free <= 0 || (free < enough && this.requested > 0)) return;
    const token = (this.counter += 1).toString(36);
    this.forgetExpired();
    this.requests.set(token, { batch: free, at: Date.now() });
    this.requested += free;
    const nanos = (ms: number): number => ms * 1_000_000;
    const body = { batch: free, expires: nanos(EXPIRES_MS), idle_heartbeat: nanos(this.heartbeatMs) };
    const { stream, durable, onRequest } = this.options;
    try {
      onRequest?.();
      this.nc.publish(`$JS.API.CONSUMER.MSG.NEXT.${stream}.${durable}`, JSON.stringify(body), {
        reply: `${this.inbox}.${token}`,
      });
    } catch (error) {
      this.options.log.debug('a request for messages could not be sent', { stream, durable, error });
      this.ended(token, free);
      this.pausedUntil = Date.now() + RETRY_MS;
    }
  }

  private receive(msg: Msg): void {
    this.lastHeard = Date.now();
    const code = msg.headers?.code ?? 0;
    if (code === 0 || msg.reply?.startsWith('$JS.ACK.')) {
      if (this.requested > 0) this.requested -= 1;
      this.inHand += 1;
      this.options.onMessage(msg);
    } else if (code !== 100) this.status(msg, code);
  }

  private status(msg: Msg, code: number): void {
    const token = msg.subject.slice(this.inbox.length + 1);
    const undelivered = msg.headers?.get('Nats-Pending-Messages');
    this.ended(token, undelivered ? Number(undelivered) : undefined);
    if (code === 404 || code === 408 || /batch completed/i.test(msg.headers?.description ?? '')) this.pump();
    else this.missing(`${code} ${msg.headers?.description ?? ''}`);
  }

  private ended(token: string, undelivered: number | undefined): void {
    const request = this.requests.get(token);
    this.requests.delete(token);
    this.requested = Math.max(0, this.requested - (undelivered ?? request?.batch ?? 0));
  }

  private missing(why: string): void {
    const now = Date.now();
    if (now < this.pausedUntil) return;
    this.pausedUntil = now + RETRY_MS;
    const { stream, durable, log } = this.options;
    log.warn('a consumer gave no messages', { stream, durable, why });
    this.options.onMissing();
  }

  private watch(): void {
    if (this.nc.isClosed()) return;
    const silent = Date.now() - this.lastHeard;
    if (this.requested > 0 && silent > 2.5 * this.heartbeatMs) {
      this.missing(`no heartbeat for ${silent} ms`);
      this.restart();
    } else this.pump();
  }

  private forgetExpired(): void {
    if (this.requests.size < 64) return;
    const old = Date.now() - EXPIRES_MS - 5_000;
    for (const [token, request] of this.requests) if (request.at < old) this.requests.delete(token);
  }
}
