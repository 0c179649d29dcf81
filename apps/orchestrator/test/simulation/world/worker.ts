import { commandConsumer } from '@trimtab/contracts';
import {
  MemoryArtifacts,
  MemoryDeadLetterRows,
  MemoryInbox,
  MemoryOutbox,
  MemoryTransactions,
} from '@trimtab/event-store/testing';
import { AppError, Clock } from '@trimtab/kernel';
import type { Envelope } from '@trimtab/kernel';
import { BATCH_CONTENT_TYPE, encode, STRUCTURED_CONTENT_TYPE } from '@trimtab/messaging';
import type { Delivery } from '@trimtab/messaging';
import type { Task, TaskContext, TaskOutcome } from '@trimtab/service';
import { GivenUp, OutboxRelay, TaskExecutor } from '@trimtab/service/testing';
import { z } from 'zod';
import { unitOfText } from '../engine/random.js';
import type { SimProcess } from '../engine/sim-process.js';
import type { Journal } from '@trimtab/testing/audit';
import type { SimBus, Stored } from './bus.js';
import type { SimProvider } from './effects.js';
import type { Measures } from './measures.js';
import { SimMessaging } from './messaging.js';
import type { SimWire } from './messaging.js';
import type { SimLogger } from './sim-logger.js';
import { oneByOne, RemoteInbox, RemoteTransactions } from './worker-ports.js';
import { ACTIONS, COMPUTED } from './workflows.js';

/** The worker's schema in the database: outlives its processes. */
export class WorkerTables {
  readonly inbox = new MemoryInbox();
  readonly outbox = new MemoryOutbox();
  readonly transactions = new MemoryTransactions();
  readonly deadLetters: MemoryDeadLetterRows;

  constructor(now: () => number) {
    this.deadLetters = new MemoryDeadLetterRows(() => new Date(now()));
  }
}

export interface WorkerSurroundings {
  readonly tables: WorkerTables;
  readonly bus: SimBus;
  readonly wire: SimWire;
  readonly provider: SimProvider;
  readonly journal: Journal;
  readonly measures: Measures;
  readonly logger: SimLogger;
  readonly databaseNow: () => number;
  readonly pool: string;
}

const any = { input: z.any(), output: z.any() };
const contracts = Object.fromEntries(ACTIONS.map((action) => [`sim.${action}`, any]));

/** One worker process: the real executor, outbox relay and dead letters over the simulated world. */
export class SimWorker {
  private readonly executor: TaskExecutor;
  private readonly relay: OutboxRelay;
  private readonly givenUp: GivenUp;
  private readonly messaging: SimMessaging;

  constructor(
    private readonly process: SimProcess,
    private readonly around: WorkerSurroundings,
  ) {
    const { tables, bus, wire, measures, logger, journal, databaseNow } = around;
    this.messaging = new SimMessaging(process, bus, wire, measures);
    const messaging = this.messaging.asMessaging;
    const outbox = remote(process, 'outbox', tables.outbox);
    this.relay = new OutboxRelay(outbox, messaging, logger);
    const inbox = new RemoteInbox(process, tables.inbox, journal, measures);
    const transactions = new RemoteTransactions(process, tables.transactions);
    this.executor = new TaskExecutor({
      ...{ source: '/trimtab/sim', worker: process.name, contracts, messaging },
      ...{ relay: this.relay, log: logger, artifacts: new MemoryArtifacts() },
      ...{ clock: new ProcessClock(databaseNow), sizes, concurrency: 4 },
      ports: {
        ...{ inbox, outbox: tables.outbox },
        ...{ transactions, ...oneByOne(transactions, inbox) },
      },
    });
    this.givenUp = new GivenUp(remote(process, 'dead', tables.deadLetters), this.executor);
  }

  start(): void {
    this.relay.start();
    const { stream, durable, ackWaitMs, maxDeliver } = commandConsumer('sim', this.around.pool);
    const call = (task: unknown, context: unknown): Promise<TaskOutcome> =>
      this.work(task as Task, context as TaskContext);
    this.messaging.consume({
      ...{ stream, durable, ackWaitMs, maxDeliver, service: 'sim' },
      splitRedelivered: true,
      onMessage: (delivery) => this.executor.execute(delivery, call, effectsOf(delivery)),
    });
  }

  /** What the consumer of advisories does with a command whose workers died on every delivery. */
  async bury({ stream, sequence, subject, content: { events, batch } }: Stored): Promise<void> {
    const type = batch ? BATCH_CONTENT_TYPE : STRUCTURED_CONTENT_TYPE;
    const at = new Date(this.around.databaseNow()).toISOString();
    await this.givenUp.keep({
      ...{ id: `${stream}:${sequence}`, service: 'sim', reason: 'max-deliveries', subject },
      ...{ headers: { 'content-type': type }, body: batch ?? encode(events[0] as Envelope) },
      ...{ deliveryCount: 5, stream, consumer: `sim-${this.around.pool}`, at },
    });
  }

  /** The handler of all task types: computes, fails as the seed says, and has effects under the protocol of services. */
  private async work(task: Task, context: TaskContext): Promise<TaskOutcome> {
    const { process } = this;
    const luck = unitOfText(`${task.runId}/${task.taskId}/${task.attempt}`);
    await sleep(Math.floor(luck * luck * 4_000), context.signal);
    const kind = !process.machine.faults.over && luck < 0.12 ? (luck < 0.03 ? 'never' : 'later') : undefined;
    if (kind === 'never') throw broken('never');
    if (task.type !== 'sim.work') await this.effect(task, context);
    if (kind === 'later') throw broken('later');
    const { given } = task.input as { given?: { n: number } | null };
    // Another one each time that it is worked on, and which input it is for.
    return { output: { n: process.machine.random.integer(0, 9), of: given?.n ?? null } };
  }

  private async effect(task: Task, context: TaskContext): Promise<void> {
    const { provider } = this.around;
    const { runId, taskId, attempt } = task;
    await context.assertCurrent();
    const { claim } = context.log as SimLogger;
    const call = { key: `${runId}/${taskId}`, runId, task: taskId, token: [attempt, claim] as const };
    const done = await this.process.call('provider.look', () => provider.look(call));
    if (done) return;
    await context.assertCurrent();
    await this.process.call('provider.apply', () => provider.apply(call));
  }
}

const effectsOf = ({ envelope }: Delivery): { effects: 'none' | 'stored' } => ({
  effects: (envelope.data as { type?: string }).type === COMPUTED ? 'none' : 'stored',
});

/** A simulated worker takes several commands at once however long they last. */
const sizes = { of: () => 8, began: () => () => undefined };

class ProcessClock extends Clock {
  constructor(private readonly source: () => number) {
    super();
  }
  override now(): Date {
    return new Date(this.source());
  }
}

const broken = (retry: 'never' | 'later'): AppError => new AppError('sim.broken', 'It broke.', { retry });

function sleep(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const stop = (): void => reject(signal.reason as Error);
    if (signal.aborted) return stop();
    signal.addEventListener('abort', stop, { once: true });
    setTimeout(() => {
      signal.removeEventListener('abort', stop);
      resolve();
    }, ms);
  });
}

/** Every method a round trip. */
function remote<Port extends object>(process: SimProcess, name: string, port: Port): Port {
  return new Proxy(port, {
    get: (target, method) => {
      const member = Reflect.get(target, method) as (...args: unknown[]) => unknown;
      return (...args: unknown[]) =>
        process.call(`${name}.${String(method)}`, () => member.apply(target, args));
    },
  });
}
