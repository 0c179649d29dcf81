import { commandConsumer, streams, subjects } from '@trimtab/contracts';
import type { ConsumerDefinition } from '@trimtab/contracts';
import type { ConsumerBinding, Delivery, StreamSpec, Topology } from '@trimtab/messaging';
import { eventPattern, taskPattern } from '../patterns.js';
import { advisoryConsumer } from '../work/given-up.js';

/** What a service consumes, which follows from the handlers that it has. */
export interface Consumed {
  readonly commands: ConsumerDefinition | undefined;
  readonly events: ConsumerDefinition | undefined;
  readonly taskTypes: readonly string[];
}

const EVENTS_AT_ONCE = 32;

export function consumedBy(service: string, pool: string, patterns: readonly string[]): Consumed {
  const named = (prefix: string): string[] =>
    patterns.filter((pattern) => pattern.startsWith(prefix)).map((pattern) => pattern.slice(prefix.length));
  const taskTypes = named(taskPattern(''));
  const eventTypes = named(eventPattern(''));
  return {
    taskTypes,
    commands: taskTypes.length > 0 ? commandConsumer(service, pool, areasOf(taskTypes)) : undefined,
    events: eventTypes.length > 0 ? eventConsumer(service, eventTypes) : undefined,
  };
}

/** `script` and `http` for `script.run` and `http.request`. */
const areasOf = (taskTypes: readonly string[]): string[] => [
  ...new Set(taskTypes.map((type) => type.split('.')[0] ?? type)),
];

const eventConsumer = (service: string, types: readonly string[]): ConsumerDefinition => ({
  stream: 'EVT',
  durable: service,
  filterSubjects: types.includes('*') ? ['trimtab.evt.>'] : types.map(subjects.event),
  ackWaitMs: 30_000,
  maxDeliver: 20,
  maxAckPending: 1_024,
});

export function topologyOf({ commands, events }: Consumed, replicas: number): Topology {
  const copies: readonly StreamSpec[] = streams.map((stream) => ({ ...stream, replicas }));
  const consumers = [
    ...(commands ? [commands, advisoryConsumer(commands)] : []),
    ...(events ? [events] : []),
  ];
  return { streams: copies, consumers };
}

export function bindingsOf(
  consumed: Consumed,
  service: string,
  concurrency: number,
  onDeadLetter: ConsumerBinding['onDeadLetter'],
): ConsumerBinding[] {
  const { commands, events } = consumed;
  const bindings: ConsumerBinding[] = [];
  const common = { service, ...(onDeadLetter ? { onDeadLetter } : {}) };
  if (commands) {
    const commanded = { ...places(commands), concurrency, route: routeOfCommand, splitRedelivered: true };
    bindings.push({ ...common, ...commanded });
  }
  if (events) {
    const known = new Set(events.filterSubjects);
    const all = known.has('trimtab.evt.>');
    const route = ({ envelope }: Delivery): string => eventPattern(all ? '*' : envelope.type);
    bindings.push({ ...common, ...places(events), concurrency: EVENTS_AT_ONCE, route, unrouted: 'ack' });
  }
  return bindings;
}

const places = ({ stream, durable, ackWaitMs, maxDeliver }: ConsumerDefinition) => ({
  stream,
  durable,
  ackWaitMs,
  maxDeliver,
});

const routeOfCommand = ({ envelope }: Delivery): string =>
  taskPattern(String((envelope.data as { type?: unknown } | undefined)?.type));
