import { subjects } from '@trimtab/contracts';
import type { ConsumerDefinition } from '@trimtab/contracts';
import { AppError } from '@trimtab/kernel';
import { ack } from '@trimtab/messaging';
import type { Consumption, Delivery, Settlement } from '@trimtab/messaging';
import type { ServiceRuntime } from '@trimtab/service';
import { pluginFailed } from '@trimtab/service/plugin';
import type { Plugin } from '@trimtab/service/plugin';

const AT_ONCE = 8;

const consumerOf = ({ name, onEvents = [] }: Plugin): ConsumerDefinition => ({
  stream: 'EVT',
  durable: `plugin-${name}`,
  filterSubjects: [...new Set(onEvents.flatMap(({ types }) => types))].map(subjects.event),
  ackWaitMs: 30_000,
  maxDeliver: 10,
  maxAckPending: 256,
});

/** Callbacks of plugins on public events, each plugin on a durable consumer of its own: none holds up another. */
export async function startPluginEvents(runtime: ServiceRuntime): Promise<() => Promise<void>> {
  const { messaging, plugins } = runtime;
  const listening = plugins.all.filter(({ onEvents = [] }) => onEvents.length > 0);
  const consumers = listening.map(consumerOf);
  const topology = { streams: [], consumers };
  if (listening.length > 0) await messaging.provision(topology);
  const watch = messaging.watchProvisioning(topology);
  const consumptions: Consumption[] = listening.map((plugin, i) =>
    messaging.consume({
      ...(consumers[i] as ConsumerDefinition),
      service: `plugin-${plugin.name}`,
      concurrency: AT_ONCE,
      onMessage: (delivery) => call(plugin, delivery, runtime),
    }),
  );
  return async () => {
    await watch.stop();
    await Promise.all(consumptions.map((one) => one.stop()));
  };
}

/** A callback that fails is called again with a delay, and becomes a dead letter in the end. */
async function call(plugin: Plugin, { envelope }: Delivery, { log }: ServiceRuntime): Promise<Settlement> {
  const context = { log: log.child({ plugin: plugin.name }) };
  try {
    for (const { types, handler } of plugin.onEvents ?? [])
      if (types.includes(envelope.type)) await handler(envelope, context);
    return ack;
  } catch (error) {
    const failure = pluginFailed(plugin.name, `its callback on ${envelope.type}`, error);
    context.log.warn(failure.message, { id: envelope.id, error });
    if (failure instanceof AppError && failure.retry === 'never')
      return { kind: 'dead', reason: 'refused', error: failure };
    throw failure;
  }
}
