export interface PublishOptions {
  /** Part of the message id: the same number is de-duplicated by the broker, another one is a deliberate re-send. */
  readonly sendNumber?: number;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface RawPublishOptions {
  /** `Nats-Msg-Id`; a random one when not given, so that a retry of this call is never stored twice. */
  readonly msgId?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface PublisherOptions {
  /** Wait for one acknowledgement before the same send is repeated (5 s). */
  readonly ackTimeoutMs?: number;
  /** Sends of one message before the caller hears `bus.no-ack` (3). */
  readonly attempts?: number;
  /** Messages, and bytes, that may wait for their acknowledgement (65,536 and 128 MB). */
  readonly maxOutstanding?: number;
  readonly maxOutstandingBytes?: number;
}
