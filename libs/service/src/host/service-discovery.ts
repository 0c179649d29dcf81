import type { Msg, NatsConnection } from '@nats-io/nats-core';

/** What one running instance says of itself on `$SRV` (the NATS services protocol). */
export interface Discoverable {
  readonly name: string;
  readonly id: string;
  readonly version: string;
  readonly description: string;
  readonly metadata: () => Readonly<Record<string, string>>;
  readonly endpoints: () => readonly EndpointStats[];
}

export interface EndpointStats {
  readonly name: string;
  readonly subject: string;
  readonly queue_group: string;
  readonly num_requests: number;
  readonly num_errors: number;
  readonly last_error: string;
  /** Nanoseconds. */
  readonly processing_time: number;
  readonly average_processing_time: number;
}

const TYPE = 'io.nats.micro.v1';

/** Answers `$SRV.PING|INFO|STATS[.<name>[.<id>]]`, so that any NATS tool finds the instance. Returns how to stop. */
export function announce(nc: NatsConnection, about: Discoverable): () => void {
  const started = new Date().toISOString();
  const { name, id, version, description } = about;
  const identity = () => ({ name, id, version, metadata: about.metadata() });
  const answers = {
    PING: () => ({ type: `${TYPE}.ping_response`, ...identity() }),
    INFO: () => ({
      type: `${TYPE}.info_response`,
      ...identity(),
      description,
      endpoints: about.endpoints().map(({ name: endpoint, subject, queue_group }) => ({
        name: endpoint,
        subject,
        queue_group,
        metadata: {},
      })),
    }),
    STATS: () => ({ type: `${TYPE}.stats_response`, ...identity(), started, endpoints: about.endpoints() }),
  };
  const subscriptions = Object.entries(answers).flatMap(([verb, answer]) =>
    [`$SRV.${verb}`, `$SRV.${verb}.${name}`, `$SRV.${verb}.${name}.${id}`].map((subject) =>
      nc.subscribe(subject, { callback: (_error, msg: Msg) => void msg.respond(JSON.stringify(answer())) }),
    ),
  );
  return () => subscriptions.forEach((subscription) => subscription.unsubscribe());
}
