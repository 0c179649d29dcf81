import { DAY_MS } from '@trimtab/kernel';

/** A JetStream stream as data; ages in milliseconds. */
export interface StreamDefinition {
  readonly name: string;
  readonly subjects: readonly string[];
  readonly retention: 'workqueue' | 'limits';
  /** What a full stream does: refuse the new message (back-pressure) or drop the oldest. */
  readonly discard: 'new' | 'old';
  readonly maxAgeMs?: number;
  readonly maxBytes?: number;
  readonly duplicateWindowMs?: number;
  /** Takes many messages for one acknowledgement, where the broker can. */
  readonly batches?: boolean;
  readonly description: string;
}

const TWO_MINUTES = 120_000;
/**
 * The broker holds every id of the window in memory, 100 bytes each. An event is repeated within seconds, when an
 * acknowledgement was lost or a feed was taken over; what comes later subscribers know by its id, as they must anyway.
 */
const HALF_A_MINUTE = 30_000;

export const streams: readonly StreamDefinition[] = [
  {
    name: 'CMD',
    subjects: ['trimtab.cmd.>'],
    retention: 'workqueue',
    discard: 'new',
    maxBytes: 1_073_741_824,
    duplicateWindowMs: TWO_MINUTES,
    description: 'Task commands, one durable pull consumer per service and pool',
  },
  {
    name: 'RES',
    subjects: ['trimtab.res.>'],
    retention: 'workqueue',
    discard: 'new',
    maxBytes: 1_073_741_824,
    duplicateWindowMs: TWO_MINUTES,
    description: 'Task results to the owner of the run’s partition',
  },
  {
    name: 'EVT',
    subjects: ['trimtab.evt.>'],
    retention: 'limits',
    discard: 'old',
    maxAgeMs: 30 * DAY_MS,
    maxBytes: 4_294_967_296,
    duplicateWindowMs: HALF_A_MINUTE,
    batches: true,
    description: 'Public domain events for anybody',
  },
  {
    name: 'DLQ',
    subjects: ['trimtab.dlq.>'],
    retention: 'limits',
    discard: 'new',
    maxAgeMs: 90 * DAY_MS,
    maxBytes: 1_073_741_824,
    description: 'Dead letters: original bytes and headers with the reason',
  },
  {
    name: 'ADV',
    subjects: [
      '$JS.EVENT.ADVISORY.CONSUMER.MAX_DELIVERIES.>',
      '$JS.EVENT.ADVISORY.CONSUMER.MSG_TERMINATED.>',
    ],
    retention: 'limits',
    discard: 'old',
    maxAgeMs: 7 * DAY_MS,
    maxBytes: 134_217_728,
    description: 'Captured advisories of messages that were given up',
  },
];

/** A durable pull consumer as data. */
export interface ConsumerDefinition {
  readonly stream: string;
  readonly durable: string;
  readonly filterSubjects: readonly string[];
  readonly ackWaitMs: number;
  readonly maxDeliver: number;
  readonly maxAckPending: number;
}

/**
 * The consumer of a service's commands in one pool. `areas` are the first words of its task types; no other service
 * may take commands of the same area and pool.
 */
export const commandConsumer = (
  service: string,
  pool = 'default',
  areas: readonly string[] = [service],
): ConsumerDefinition => ({
  stream: 'CMD',
  durable: `${service}-${pool}`,
  filterSubjects: areas.map((area) => subjects.commands(area, pool)),
  ackWaitMs: 30_000,
  maxDeliver: 5,
  maxAckPending: 256,
});

/** The consumer of a partition's results. */
export const resultConsumer = (partition: number): ConsumerDefinition => ({
  stream: 'RES',
  durable: `partition-${partition}`,
  filterSubjects: [subjects.results(partition)],
  ackWaitMs: 30_000,
  maxDeliver: -1,
  maxAckPending: 4096,
});

/** Every subject that Trimtab uses, in one place. */
export const subjects = {
  command: (service: string, pool: string, action: string): string =>
    `trimtab.cmd.${service}.${pool}.${action}`,
  commands: (service: string, pool: string): string => `trimtab.cmd.${service}.${pool}.>`,
  result: (partition: number, runId: string): string => `trimtab.res.${partition}.${runId}`,
  results: (partition: number): string => `trimtab.res.${partition}.>`,
  /** `trimtab.evt.<context>.<event>.v<major>` from an event type `trimtab.<context>.<event>.v<major>`. */
  event: (type: string): string => type.replace(/^trimtab\./, 'trimtab.evt.'),
  deadLetter: (service: string, reason: string): string => `trimtab.dlq.${service}.${reason}`,
  live: (runId: string): string => `trimtab.live.${runId}`,
  allLive: 'trimtab.live.*',
  /** `{ key }`: what tasks may be blocked on is there; a hint to look, nothing more. */
  appeared: 'trimtab.appeared',
  /** Request/reply of people's commands, answered after commit. */
  people: (command: string): string => `trimtab.people.${command}`,
  /** Request/reply with one service (queries and commands that belong to no run). */
  ask: (service: string, question: string): string => `trimtab.ask.${service}.${question}`,
} as const;
