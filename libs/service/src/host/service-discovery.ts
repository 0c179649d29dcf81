import type { Msg, NatsConnection } from '@nats-io/nats-core';
import type { ConsumerDefinition } from '@trimtab/contracts';

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

/** Counts of the task commands that an instance has worked on. */
export interface TaskStats {
  readonly requests: number;
  readonly errors: number;
  readonly processingNs: number;
  readonly lastError: string;
}

/** The one endpoint of a worker: its command consumer. */
export function taskEndpoints(
  commands: ConsumerDefinition | undefined,
  { requests, errors, processingNs, lastError }: TaskStats,
): EndpointStats[] {
  if (!commands) return [];
  return [
    {
      name: 'tasks',
      subject: commands.filterSubjects[0] ?? '',
      queue_group: commands.durable,
      num_requests: requests,
      num_errors: errors,
      last_error: lastError,
      processing_time: processingNs,
      average_processing_time: requests === 0 ? 0 : Math.round(processingNs / requests),
    },
  ];
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
