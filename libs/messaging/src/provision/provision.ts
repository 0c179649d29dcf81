import {
  AckPolicy,
  DeliverPolicy,
  DiscardPolicy,
  JetStreamApiError,
  RetentionPolicy,
  StorageType,
} from '@nats-io/jetstream';
import type { ConsumerConfig, JetStreamManager, StreamConfig } from '@nats-io/jetstream';
import { AppError } from '@trimtab/kernel';
import type { ConsumerSpec, ProvisionChange, StreamSpec, Topology } from './specs.js';

/** What the connected broker can do. */
export interface Broker {
  /** It takes `StreamSpec.batches`. */
  readonly batches: boolean;
}

const NANOS = 1_000_000;
const STREAM_IN_USE = 10_058;
const STREAM_NOT_FOUND = 10_059;
const CONSUMER_NOT_FOUND = 10_014;
const CONSUMER_EXISTS = new Set([10_013, 10_148]);
const fixedForStreams = ['retention', 'storage'] as const;
const fixedForConsumers = ['ack_policy', 'deliver_policy'] as const;

/**
 * Makes streams and consumers be as their specs say, and returns what it had to change. Any number of processes may
 * do it at the same time.
 *
 * Errors: `bus.cannot-update` (never) for a setting that the broker fixes at creation.
 */
export async function provision(
  jsm: JetStreamManager,
  topology: Topology,
  broker: Broker,
): Promise<ProvisionChange[]> {
  const changes: (ProvisionChange | undefined)[] = [];
  for (const spec of topology.streams) changes.push(await provisionStream(jsm, streamConfig(spec, broker)));
  for (const spec of topology.consumers) changes.push(await provisionConsumer(jsm, spec));
  return changes.filter((change) => change !== undefined);
}

async function provisionStream(
  jsm: JetStreamManager,
  wanted: WantedStream,
  again = true,
): Promise<ProvisionChange | undefined> {
  const { name } = wanted;
  const info = await orMissing(jsm.streams.info(name), STREAM_NOT_FOUND);
  if (!info) {
    try {
      await jsm.streams.add(wanted);
      return { kind: 'stream', name, change: 'created' };
    } catch (error) {
      if (again && codeOf(error) === STREAM_IN_USE) return provisionStream(jsm, wanted, false);
      throw error;
    }
  }
  const settings = differences(wanted, info.config);
  if (settings.length === 0) return undefined;
  refuseFixed('stream', name, settings, fixedForStreams);
  await jsm.streams.update(name, wanted);
  return { kind: 'stream', name, change: 'updated', settings };
}

async function provisionConsumer(
  jsm: JetStreamManager,
  spec: ConsumerSpec,
  again = true,
): Promise<ProvisionChange | undefined> {
  const name = `${spec.stream}/${spec.durable}`;
  const wanted = consumerConfig(spec);
  const info = await orMissing(jsm.consumers.info(spec.stream, spec.durable), CONSUMER_NOT_FOUND);
  if (!info) {
    try {
      await jsm.consumers.add(spec.stream, wanted);
      return { kind: 'consumer', name, change: 'created' };
    } catch (error) {
      if (again && CONSUMER_EXISTS.has(codeOf(error) ?? 0)) return provisionConsumer(jsm, spec, false);
      throw error;
    }
  }
  const settings = differences(wanted, normalized(info.config));
  if (settings.length === 0) return undefined;
  refuseFixed('consumer', name, settings, fixedForConsumers);
  await jsm.consumers.update(spec.stream, spec.durable, wanted);
  return { kind: 'consumer', name, change: 'updated', settings };
}

type WantedStream = Partial<StreamConfig> & { readonly name: string };

const streamConfig = (spec: StreamSpec, broker: Broker): WantedStream => ({
  name: spec.name,
  subjects: [...spec.subjects],
  retention: spec.retention === 'workqueue' ? RetentionPolicy.Workqueue : RetentionPolicy.Limits,
  discard: spec.discard === 'new' ? DiscardPolicy.New : DiscardPolicy.Old,
  storage: StorageType.File,
  max_age: (spec.maxAgeMs ?? 0) * NANOS,
  max_bytes: spec.maxBytes ?? -1,
  max_msgs: spec.maxMessages ?? -1,
  duplicate_window: (spec.duplicateWindowMs ?? 120_000) * NANOS,
  num_replicas: spec.replicas ?? 1,
  allow_direct: true,
  ...(wantsBatches(spec, broker) ? { allow_batched: true } : {}),
  ...(spec.description ? { description: spec.description } : {}),
});

const wantsBatches = (spec: StreamSpec, broker: Broker): boolean => broker.batches && spec.batches === true;

const consumerConfig = (spec: ConsumerSpec): Partial<ConsumerConfig> => ({
  durable_name: spec.durable,
  filter_subjects: [...spec.filterSubjects].sort(),
  ack_policy: AckPolicy.Explicit,
  deliver_policy: spec.deliver === 'new' ? DeliverPolicy.New : DeliverPolicy.All,
  ack_wait: spec.ackWaitMs * NANOS,
  max_deliver: spec.maxDeliver,
  max_ack_pending: spec.maxAckPending,
});

/** The broker says one filter in another field than many. */
const normalized = (config: ConsumerConfig): Partial<ConsumerConfig> => ({
  ...config,
  filter_subjects: (config.filter_subjects ?? (config.filter_subject ? [config.filter_subject] : []))
    .slice()
    .sort(),
});

function differences(wanted: object, actual: object): string[] {
  const current = actual as Record<string, unknown>;
  return Object.entries(wanted)
    .filter(([name, value]) => JSON.stringify(value) !== JSON.stringify(current[name] ?? defaultOf(value)))
    .map(([name]) => name);
}

/** Zero values are left out of the broker's answers. */
const defaultOf = (value: unknown): unknown => (typeof value === 'number' ? 0 : undefined);

function refuseFixed(
  kind: string,
  name: string,
  settings: readonly string[],
  fixed: readonly string[],
): void {
  const refused = settings.filter((setting) => fixed.includes(setting));
  if (refused.length === 0) return;
  throw new AppError(
    'bus.cannot-update',
    `The ${kind} ${name} exists with another ${refused.join(' and ')}, which cannot be changed: delete it when it is empty, it is then made again.`,
    { details: { kind, name, settings: refused } },
  );
}

async function orMissing<Info>(info: Promise<Info>, missing: number): Promise<Info | undefined> {
  try {
    return await info;
  } catch (error) {
    if (codeOf(error) === missing) return undefined;
    throw error;
  }
}

const codeOf = (error: unknown): number | undefined =>
  error instanceof JetStreamApiError ? error.code : undefined;
