import {
  GroupedClaims,
  GroupedCompletions,
  PostgresDeadLetterRows,
  PostgresInbox,
  PostgresOutbox,
  PostgresTransactions,
} from '@trimtab/event-store';
import type { CallHandler, ConsumerBinding, Delivery, Settlement } from '@trimtab/messaging';
import { eventPattern } from '../handlers.decorator.js';
import type { TaskHandlerOptions } from '../handlers.decorator.js';
import type { ServiceRuntime } from '../runtime.js';
import { publishedContracts } from '../work/command.js';
import type { TaskContracts } from '../work/command.js';
import { EventExecutor } from '../work/event-executor.js';
import { advisoryConsumer, GivenUp } from '../work/given-up.js';
import { LostEvents } from '../work/lost-events.js';
import { OutboxRelay } from '../work/outbox-relay.js';
import { TaskExecutor } from '../work/task-executor.js';
import { bindingsOf, consumedBy, topologyOf } from './consumers.js';
import type { Consumed } from './consumers.js';
import { patiently } from './patiently.js';
import { Readiness } from './readiness.js';
import { announce, taskEndpoints } from './service-discovery.js';

const ABORT_AFTER_MS = 20_000;
const PRUNE_EVERY_MS = 3_600_000;
const DAY_MS = 86_400_000;

/** The working side of one service: its consumers, its inbox and outbox, what it says of itself. */
export class Worker {
  private readonly tasks: TaskExecutor;
  private readonly events: EventExecutor;
  private readonly relay: OutboxRelay;
  private readonly lost: LostEvents;
  private readonly givenUp: GivenUp;
  private readonly outbox: PostgresOutbox;
  private readonly inbox: PostgresInbox;
  private readonly readiness: Readiness;
  private readonly timers: NodeJS.Timeout[] = [];
  private consumed: Consumed = { commands: undefined, events: undefined, taskTypes: [] };
  private silence: (() => void) | undefined;

  constructor(
    private readonly runtime: ServiceRuntime,
    schema: string,
    private readonly version: string,
    contracts: TaskContracts = publishedContracts,
  ) {
    const { pool, messaging, artifacts, clock, config, log, name, instanceId } = runtime;
    this.readiness = new Readiness(() => pool.query('SELECT 1'));
    this.inbox = new PostgresInbox(pool, schema);
    this.outbox = new PostgresOutbox(pool, schema);
    this.relay = new OutboxRelay(this.outbox, messaging, log);
    this.lost = new LostEvents(this.outbox, this.relay, messaging, log);
    const transactions = new PostgresTransactions(pool);
    const completions = new GroupedCompletions(this.inbox);
    const claims = new GroupedClaims(this.inbox);
    this.tasks = new TaskExecutor({
      source: `/trimtab/${name}`,
      worker: instanceId,
      contracts,
      messaging,
      relay: this.relay,
      concurrency: config.TRIMTAB_CONCURRENCY,
      clock,
      log,
      artifacts,
      ports: { inbox: this.inbox, outbox: this.outbox, transactions, completions, claims },
    });
    this.events = new EventExecutor(log);
    this.givenUp = new GivenUp(new PostgresDeadLetterRows(pool, schema), this.tasks);
  }

  /** Provisions what the handlers need and says which consumers to run. */
  async start(patterns: readonly string[]): Promise<ConsumerBinding[]> {
    const { name, config, messaging, log } = this.runtime;
    this.consumed = consumedBy(name, config.TRIMTAB_POOL, patterns);
    const topology = topologyOf(this.consumed, config.NATS_REPLICAS);
    await patiently(log, () => messaging.provision(topology));
    messaging.watchProvisioning(topology);
    this.relay.start();
    this.lost.start();
    this.timers.push(setInterval(() => void this.prune(), PRUNE_EVERY_MS).unref());
    const { commands } = this.consumed;
    if (commands) this.givenUp.watch(messaging, name, advisoryConsumer(commands));
    return bindingsOf(this.consumed, name, config.TRIMTAB_CONCURRENCY, (letter) => this.givenUp.keep(letter));
  }

  execute(
    delivery: Delivery,
    call: CallHandler,
    pattern: string,
    handler: TaskHandlerOptions,
  ): Promise<Settlement> | Settlement {
    if (pattern.startsWith(eventPattern(''))) return this.events.execute(delivery, call);
    return this.tasks.execute(delivery, call, handler);
  }

  announce(): void {
    const { messaging, name, instanceId, config } = this.runtime;
    this.silence = announce(messaging.nc, {
      name,
      id: instanceId,
      version: this.version,
      description: `Trimtab ${name}`,
      metadata: () => ({
        taskTypes: this.consumed.taskTypes.join(','),
        pool: config.TRIMTAB_POOL,
        concurrency: String(config.TRIMTAB_CONCURRENCY),
        inFlight: String(this.tasks.inFlight),
        ready: String(this.readiness.now()),
      }),
      endpoints: () => taskEndpoints(this.consumed.commands, this.tasks.stats),
    });
  }

  /** No longer to be found; handlers that still run after a while are told to stop. */
  drain(): void {
    this.silence?.();
    this.events.abort();
    this.timers.push(setTimeout(() => this.tasks.abort(), ABORT_AFTER_MS));
  }

  async close(): Promise<void> {
    for (const timer of this.timers) clearTimeout(timer);
    this.lost.stop();
    await this.relay.stop();
  }

  private async prune(): Promise<void> {
    try {
      await this.outbox.prune(DAY_MS);
      await this.inbox.prune(30 * DAY_MS);
    } catch (error) {
      this.runtime.log.warn('old inbox and outbox rows could not be removed', { error });
    }
  }
}
