/** A JetStream stream as data. Ages are milliseconds, sizes bytes. */
export interface StreamSpec {
  readonly name: string;
  readonly subjects: readonly string[];
  /** `workqueue`: a message is gone when its one consumer acknowledged it. `limits`: it stays until a limit is met. */
  readonly retention: 'workqueue' | 'limits';
  /** What a full stream does: refuse the new message (back-pressure) or drop the oldest. */
  readonly discard: 'new' | 'old';
  readonly maxAgeMs?: number;
  readonly maxBytes?: number;
  readonly maxMessages?: number;
  readonly duplicateWindowMs?: number;
  /** Takes many messages for one acknowledgement, where the broker can. */
  readonly batches?: boolean;
  readonly replicas?: number;
  readonly description?: string;
}

/** A durable pull consumer as data. */
export interface ConsumerSpec {
  readonly stream: string;
  readonly durable: string;
  readonly filterSubjects: readonly string[];
  readonly ackWaitMs: number;
  /** -1 = for ever. */
  readonly maxDeliver: number;
  readonly maxAckPending: number;
  /** Where a new consumer starts: with all messages of the stream (default) or with those that come. */
  readonly deliver?: 'all' | 'new';
}

export interface Topology {
  readonly streams: readonly StreamSpec[];
  readonly consumers: readonly ConsumerSpec[];
}

export interface ProvisionChange {
  readonly kind: 'stream' | 'consumer';
  readonly name: string;
  readonly change: 'created' | 'updated';
  /** Settings that differed, for an update. */
  readonly settings?: readonly string[];
}
