import { jetstreamManager } from '@nats-io/jetstream';
import type { JetStreamManager } from '@nats-io/jetstream';
import type { ConnectionOptions, NatsConnection } from '@nats-io/nats-core';
import { connect } from '@nats-io/transport-node';
import { AppError } from '@trimtab/kernel';
import type { Envelope } from '@trimtab/kernel';
import { Acknowledgements } from '../consume/acknowledgements.js';
import { buryGivenUp } from '../consume/advisories.js';
import type { BuryOptions, GivenUpAdvisory } from '../consume/advisories.js';
import { ConsumeLoop } from '../consume/consume.js';
import type { ConsumeOptions, Consumption } from '../consume/consume.js';
import type { DeadLetterRecord } from '../consume/dead-letter.js';
import { publishLive, subscribeLive } from '../core/live.js';
import { replay } from '../core/replay.js';
import type { Replay, ReplayOptions } from '../core/replay.js';
import { request, respond } from '../core/request-reply.js';
import type { Responder, Responding } from '../core/request-reply.js';
import { provision } from '../provision/provision.js';
import type { ProvisionChange, Topology } from '../provision/specs.js';
import { watch } from '../provision/watch.js';
import type { ProvisionWatch, WatchOptions } from '../provision/watch.js';
import { takesBatches } from '../publish/fast-batches.js';
import type { Addressed } from '../publish/fast-batches.js';
import { Publisher } from '../publish/publisher.js';
import type { PublisherOptions, PublishOptions, RawPublishOptions } from '../publish/publish-options.js';
import type { PubAck } from '../publish/pub-ack.js';
import { silent } from './logger.port.js';
import type { LoggerPort } from './logger.port.js';

export interface MessagingOptions extends PublisherOptions {
  /** One or more server URLs, separated by commas. */
  readonly url: string;
  /** Shown in the broker's monitoring. */
  readonly name: string;
  readonly log?: LoggerPort;
  /** How long the first connection may take (10 s); later ones are tried for ever. */
  readonly firstConnectMs?: number;
  /** How long JetStream may take to answer questions about streams and consumers (5 s). */
  readonly apiTimeoutMs?: number;
  /** TLS, credentials and other settings of the client. */
  readonly connection?: Partial<ConnectionOptions>;
}

/**
 * Connects and waits until the broker answers. Throws `bus.unreachable` (later) when it did not within `firstConnectMs`.
 */
export async function connectMessaging(options: MessagingOptions): Promise<Messaging> {
  const end = Date.now() + (options.firstConnectMs ?? 10_000);
  for (;;) {
    try {
      return new Messaging(await connect(connectionOptions(options)), options);
    } catch (cause) {
      if (Date.now() > end) {
        throw new AppError(
          'bus.unreachable',
          `No NATS server answers at ${withoutSecrets(options.url)}: start it or set NATS_URL.`,
          {
            retry: 'later',
            cause,
          },
        );
      }
      await new Promise((done) => setTimeout(done, 200));
    }
  }
}

/** One connection to the bus with everything that a service does on it. Type and Nest token in one. */
export class Messaging {
  readonly publisher: Publisher;
  private readonly log: LoggerPort;
  private readonly consumptions = new Set<ConsumeLoop>();
  private readonly responders = new Set<Responding>();
  private readonly acks = new Acknowledgements();
  private readonly watches = new Set<ProvisionWatch>();
  private manager: Promise<JetStreamManager> | undefined;
  private up = true;

  constructor(
    /** The client itself, for what this lib does not cover (service discovery). */
    readonly nc: NatsConnection,
    private readonly options: Pick<MessagingOptions, 'log' | 'apiTimeoutMs'> & PublisherOptions,
  ) {
    this.log = options.log ?? silent;
    this.publisher = new Publisher(nc, options);
    void this.follow();
  }

  /** Whether the connection stands at this moment. */
  get connected(): boolean {
    return this.up && !this.nc.isClosed();
  }

  /** As `Publisher.publish`. */
  publish(subject: string, envelope: Envelope, options?: PublishOptions): Promise<PubAck> {
    this.acks.flush();
    return this.publisher.publish(subject, envelope, options);
  }

  /** As `Publisher.publishAll`. */
  publishAll(messages: readonly Addressed[]): Promise<void> {
    this.acks.flush();
    return this.publisher.publishAll(messages);
  }

  /** As `Publisher.publishBatch`. */
  publishBatch(subject: string, batch: Uint8Array): Promise<PubAck> {
    this.acks.flush();
    return this.publisher.publishBatch(subject, batch);
  }

  /** As `Publisher.publishRaw`. */
  publishRaw(subject: string, bytes: Uint8Array, options?: RawPublishOptions): Promise<PubAck> {
    this.acks.flush();
    return this.publisher.publishRaw(subject, bytes, options);
  }

  async provision(topology: Topology): Promise<ProvisionChange[]> {
    return provision(await this.jsm(), topology, { batches: takesBatches(this.nc) });
  }

  /** Provisions again and again (and at once after a reconnect or a vanished consumer) until stopped. */
  watchProvisioning(topology: Topology, options?: WatchOptions): ProvisionWatch {
    const started = watch(() => this.provision(topology), this.log, options);
    this.watches.add(started);
    return started;
  }

  consume(options: ConsumeOptions): Consumption {
    const { nc, acks, publisher: deadLetters } = this;
    const host = { nc, acks, deadLetters, missing: () => this.checkProvisioning() };
    const loop = new ConsumeLoop(host, { log: this.log, ...options });
    this.consumptions.add(loop);
    return loop;
  }

  /** As `buryGivenUp`, on this connection. */
  async buryGivenUp(advisory: GivenUpAdvisory, options: BuryOptions): Promise<DeadLetterRecord | undefined> {
    return buryGivenUp(await this.jsm(), this.publisher, advisory, options);
  }

  respond(
    subject: string,
    queue: string,
    handler: Responder,
    options: { concurrency?: number } = {},
  ): Responding {
    const responding = respond(this.nc, subject, queue, handler, { log: this.log, ...options });
    this.responders.add(responding);
    return responding;
  }

  /** As `request`: answers with data or throws the responder's `AppError`. */
  request<Reply = unknown>(subject: string, envelope: Envelope, timeoutMs: number): Promise<Reply> {
    return request<Reply>(this.nc, subject, envelope, timeoutMs);
  }

  publishLive(subject: string, message: unknown): void {
    if (this.connected) publishLive(this.nc, subject, message);
  }

  subscribeLive(subject: string, onMessage: (message: unknown, subject: string) => void): () => void {
    return subscribeLive(this.nc, subject, onMessage);
  }

  replay(options: Omit<ReplayOptions, 'log' | 'timeoutMs'>): Promise<Replay> {
    return replay(this.nc, { log: this.log, timeoutMs: this.options.apiTimeoutMs, ...options });
  }

  /** The JetStream API of the client. Throws `bus.unreachable` (later). */
  async jsm(): Promise<JetStreamManager> {
    this.manager ??= jetstreamManager(this.nc, {
      checkAPI: false,
      timeout: this.options.apiTimeoutMs ?? 5_000,
    });
    return this.manager;
  }

  /** Ends in order: no new messages, finish those in hand, wait for acknowledgements, drain the connection. */
  async close(timeoutMs?: number): Promise<void> {
    await Promise.all([...this.watches].map((started) => started.stop()));
    await Promise.all([
      ...[...this.consumptions].map((loop) => loop.stop(timeoutMs)),
      ...[...this.responders].map((responding) => responding.stop(timeoutMs)),
    ]);
    await this.publisher.close();
    if (this.up) await Promise.race([this.nc.drain().catch(() => undefined), pause(5_000)]);
    await this.nc.close();
  }

  private checkProvisioning(): void {
    for (const started of this.watches) started.check();
  }

  private async follow(): Promise<void> {
    for await (const status of this.nc.status()) {
      if (status.type === 'disconnect') {
        this.up = false;
        this.publisher.disconnected();
        this.log.warn('the connection to the broker is lost', { server: status.server });
      } else if (status.type === 'reconnect') {
        this.up = true;
        this.log.info('the connection to the broker is back', { server: status.server });
        this.publisher.reconnected();
        for (const started of this.watches) started.reconnected();
        for (const loop of this.consumptions) loop.reconnected();
      } else if (status.type === 'error')
        this.log.warn('the broker reports an error', { error: status.error });
    }
  }
}

function connectionOptions({ url, name, connection }: MessagingOptions): ConnectionOptions {
  return {
    servers: url.split(',').map((server) => server.trim()),
    name,
    maxReconnectAttempts: -1,
    reconnectTimeWait: 250,
    reconnectJitter: 250,
    pingInterval: 10_000,
    maxPingOut: 2,
    timeout: 5_000,
    noAsyncTraces: true,
    ignoreAuthErrorAbort: true,
    ...connection,
  };
}

const withoutSecrets = (url: string): string => url.replace(/\/\/[^@/]*@/g, '//***@');
const pause = (ms: number): Promise<void> => new Promise((done) => void setTimeout(done, ms).unref());
