import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import { Clock } from '@trimtab/kernel';
import { connectMessaging } from '@trimtab/messaging';
import type { Consumption, Messaging } from '@trimtab/messaging';
import { createLogger } from '@trimtab/observability';
import type { Logger } from '@trimtab/observability';
import { z } from 'zod';
import { bindingsOf, consumedBy, topologyOf } from '../host/consumers.js';
import type { Consumed } from '../host/consumers.js';
import { PATIENCE_MS, patiently } from '../host/patiently.js';
import { announce, taskEndpoints } from '../host/service-discovery.js';
import { taskPattern } from '../patterns.js';
import { parseConfig, serviceConfig } from '../service-config.js';
import { advisoryConsumer, GivenUp } from '../work/given-up.js';
import { PlainExecutor } from './plain-executor.js';
import type { PlainTask } from './plain-task.js';

export interface WorkerOptions<Inputs> {
  /** Of the team or of the worker: lower-case letters, digits and dashes; names its consumer and its answers. */
  readonly name: string;
  readonly version?: string;
  /** By task type, `<area>.<action>`. Nobody else may take tasks of the same area and pool. */
  readonly tasks: { readonly [Type in keyof Inputs]: PlainTask<Inputs[Type]> };
  /** `NATS_URL`, `TRIMTAB_POOL`, `TRIMTAB_CONCURRENCY`, `LOG_LEVEL`; those of the process unless told. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Whether SIGTERM and SIGINT drain it (true). */
  readonly signals?: boolean;
}

export interface PlainWorker {
  /** Connects, waiting a minute for the bus and its streams, and works from then on. */
  start(): Promise<RunningWorker>;
}

export interface RunningWorker {
  readonly instanceId: string;
  /** Takes nothing new, finishes what is in hand within 25 s, closes its connection. */
  stop(): Promise<void>;
}

const { NATS_URL, LOG_LEVEL, TRIMTAB_POOL, TRIMTAB_CONCURRENCY } = serviceConfig;
const environment = z.object({ NATS_URL, LOG_LEVEL, TRIMTAB_POOL, TRIMTAB_CONCURRENCY });
type Environment = z.infer<typeof environment>;

type AnyOptions = WorkerOptions<Record<string, never>>;

const ABORT_AFTER_MS = 20_000;

class SystemClock extends Clock {
  override now(): Date {
    return new Date();
  }
}

/**
 * A worker for other teams: one function per task type in a plain program that needs nothing but the bus. It checks
 * inputs and outputs, sends heartbeats, aborts at deadlines and on cancellation, answers on `$SRV`, and drains on
 * SIGTERM. Nothing is stored: a crash repeats a task, so whatever acts on the world takes `context.idempotencyKey`.
 */
export function worker<Inputs>(options: WorkerOptions<Inputs>): PlainWorker {
  return { start: () => start(options as unknown as AnyOptions) };
}

async function start(options: AnyOptions): Promise<RunningWorker> {
  const { name } = options;
  const env = parseConfig(environment, options.env ?? process.env);
  const instanceId = `${name}-${hostname()}-${process.pid}-${randomBytes(3).toString('hex')}`;
  const log = createLogger({ service: name, level: env.LOG_LEVEL }).child({ instance: instanceId });
  const messaging = await connectMessaging({
    url: env.NATS_URL,
    name: instanceId,
    log,
    firstConnectMs: PATIENCE_MS,
  });
  try {
    const started = new StartedWorker(options, env, instanceId, messaging, log);
    await started.consume();
    if (options.signals !== false) stopOnSignals(started);
    return started;
  } catch (error) {
    await messaging.close(1_000);
    throw error;
  }
}

class StartedWorker implements RunningWorker {
  private readonly executor: PlainExecutor;
  private readonly consumed: Consumed;
  private readonly ends: (() => Promise<unknown> | unknown)[] = [];
  private stopped: Promise<void> | undefined;

  constructor(
    private readonly options: AnyOptions,
    private readonly env: Environment,
    readonly instanceId: string,
    private readonly messaging: Messaging,
    private readonly log: Logger,
  ) {
    const { name, tasks } = options;
    this.consumed = consumedBy(name, env.TRIMTAB_POOL, Object.keys(tasks).map(taskPattern));
    const contracts = Object.fromEntries(
      Object.entries(tasks).map(([type, { input = z.unknown(), output = z.unknown() }]) => [
        type,
        { input, output },
      ]),
    );
    const group = this.consumed.commands?.durable ?? name;
    this.executor = new PlainExecutor({
      source: `/trimtab/${name}`,
      worker: instanceId,
      concurrency: env.TRIMTAB_CONCURRENCY,
      group,
      tasks,
      contracts,
      messaging,
      clock: new SystemClock(),
      log,
    });
  }

  async consume(): Promise<void> {
    const { messaging, options, env, log } = this;
    // The streams belong to the platform: they are waited for, not made.
    const topology = { ...topologyOf(this.consumed, 1), streams: [] };
    await patiently(log, () => messaging.provision(topology));
    const watch = messaging.watchProvisioning(topology);
    const givenUp = new GivenUp({ insert: () => Promise.resolve() }, this.executor);
    const bindings = bindingsOf(this.consumed, options.name, env.TRIMTAB_CONCURRENCY, (letter) =>
      givenUp.keep(letter),
    );
    const consumptions: Consumption[] = bindings.map((binding) =>
      messaging.consume({ ...binding, onMessage: (delivery) => this.executor.execute(delivery) }),
    );
    const { commands } = this.consumed;
    if (commands) consumptions.push(givenUp.watch(messaging, options.name, advisoryConsumer(commands)));
    const silence = this.announce();
    this.ends.push(
      silence,
      // At once: what comes while anything else ends is for another.
      () => Promise.all(consumptions.map((one) => one.stop())),
      () => watch.stop(),
    );
    log.info('ready', { tasks: this.consumed.taskTypes });
  }

  stop(): Promise<void> {
    return (this.stopped ??= this.drain());
  }

  private async drain(): Promise<void> {
    const abort = setTimeout(() => this.executor.abort(), ABORT_AFTER_MS);
    for (const end of this.ends) await end();
    clearTimeout(abort);
    await this.messaging.close(2_000);
  }

  private announce(): () => void {
    const { options, env, instanceId, consumed, executor } = this;
    return announce(this.messaging.nc, {
      name: options.name,
      id: instanceId,
      version: options.version ?? '0.0.0',
      description: `${options.name}, a worker for Trimtab`,
      metadata: () => ({
        taskTypes: consumed.taskTypes.join(','),
        pool: env.TRIMTAB_POOL,
        concurrency: String(env.TRIMTAB_CONCURRENCY),
        inFlight: String(executor.inFlight),
        ready: String(this.messaging.connected),
      }),
      endpoints: () => taskEndpoints(consumed.commands, executor.stats),
    });
  }
}

/** Once drained, nothing keeps the process, and it ends by itself. */
function stopOnSignals(running: RunningWorker): void {
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const)
    process.once(signal, () => void running.stop());
}
