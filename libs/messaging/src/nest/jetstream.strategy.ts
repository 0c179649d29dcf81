import { Server } from '@nestjs/microservices';
import type { CustomTransportStrategy, MessageHandler } from '@nestjs/microservices';
import { defaultIfEmpty, isObservable, lastValueFrom } from 'rxjs';
import type { Messaging } from '../connection/messaging.js';
import type { ConsumeOptions, Consumption } from '../consume/consume.js';
import { ack } from '../consume/delivery.js';
import type { Delivery, Settlement } from '../consume/delivery.js';
import { inProcessSpan } from '../trace/trace.js';

/**
 * Calls the Nest handler (pipes, guards and interceptors included) and gives what it returned, at once or as a promise;
 * its errors come through.
 */
export type CallHandler = (data: unknown, context?: unknown) => unknown;

/** A durable consumer whose messages go to Nest handlers. */
export interface ConsumerBinding extends Omit<ConsumeOptions, 'onMessage' | 'log'> {
  /** Pattern of the handler for a message; the message's type unless told. */
  readonly route?: (delivery: Delivery) => string;
  /** What to do with a message that has no handler: a dead letter (default) or just acknowledge it. */
  readonly unrouted?: 'dead' | 'ack';
}

export interface JetStreamStrategyOptions {
  readonly messaging: Messaging;
  /** Consumers to run; a function when they depend on the patterns that have handlers (provision them there). */
  readonly consumers:
    readonly ConsumerBinding[] | ((patterns: readonly string[]) => Promise<readonly ConsumerBinding[]>);
  /**
   * Wraps each message: inbox, transaction, outbox. Unless told, the handler gets the envelope and the delivery.
   * `extras` is what the handler's decorator said of it.
   */
  readonly execute?: (
    delivery: Delivery,
    call: CallHandler,
    pattern: string,
    extras: Readonly<Record<string, unknown>>,
  ) => Promise<Settlement> | Settlement;
  /** The handler of a pattern itself, where nothing of Nest's stands before or behind it: the call then costs only itself. */
  readonly direct?: (pattern: string) => CallHandler | undefined;
}

/** Nest's transport over JetStream: routes deliveries to `@MessagePattern` and `@EventPattern` handlers. */
export class JetStreamStrategy extends Server implements CustomTransportStrategy {
  override readonly transportId = Symbol.for('trimtab.jetstream');
  private consumptions: Consumption[] = [];
  private readonly calls = new Map<
    string,
    { call: CallHandler; extras: Readonly<Record<string, unknown>> }
  >();

  constructor(private readonly options: JetStreamStrategyOptions) {
    super();
  }

  /** Patterns that have a handler. */
  get patterns(): string[] {
    return [...this.messageHandlers.keys()];
  }

  listen(callback: (error?: unknown) => void): void {
    this.start().then(() => callback(), callback);
  }

  private async start(): Promise<void> {
    const { messaging, consumers } = this.options;
    const bindings = typeof consumers === 'function' ? await consumers(this.patterns) : consumers;
    this.consumptions = bindings.map((binding) =>
      messaging.consume({ ...binding, onMessage: (delivery) => this.dispatch(delivery, binding) }),
    );
  }

  async close(): Promise<void> {
    await Promise.all(this.consumptions.map((consumption) => consumption.stop()));
  }

  on(): void {
    // Connection events are logged by Messaging; nobody subscribes to them through Nest.
  }

  unwrap<Client>(): Client {
    return this.options.messaging.nc as Client;
  }

  private dispatch(delivery: Delivery, binding: ConsumerBinding): Promise<Settlement> | Settlement {
    const pattern = binding.route?.(delivery) ?? delivery.envelope.type;
    const handler = this.handlerOf(pattern);
    if (!handler) {
      const error = `no handler for "${pattern}" in this service`;
      return binding.unrouted === 'ack' ? ack : { kind: 'dead', reason: 'no-handler', error };
    }
    const { subject, envelope, headers } = delivery;
    const execute = this.options.execute ?? justCall;
    return inProcessSpan({ subject, envelope, fields: headers, group: binding.durable }, () =>
      execute(delivery, handler.call, pattern, handler.extras),
    );
  }

  private handlerOf(pattern: string) {
    const known = this.calls.get(pattern);
    const handler = known ? undefined : this.messageHandlers.get(pattern);
    if (!handler) return known;
    const call = this.options.direct?.(pattern) ?? callOf(handler);
    const made = { call, extras: handler.extras ?? {} };
    this.calls.set(pattern, made);
    return made;
  }
}

/** A handler may give a value or, as a filter or an interceptor does, a stream whose last value counts. */
const callOf =
  (handler: MessageHandler): CallHandler =>
  async (data, context) => {
    const result: unknown = await handler(data, context);
    return isObservable(result) ? lastValueFrom(result.pipe(defaultIfEmpty(undefined))) : result;
  };

async function justCall(delivery: Delivery, call: CallHandler): Promise<Settlement> {
  await call(delivery.envelope, delivery);
  return ack;
}
