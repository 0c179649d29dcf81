import { LiveMessage, resultConsumer, streams, subjects } from '@trimtab/contracts';
import { EventWriter, PartitionLeases } from '@trimtab/event-store';
import type { Lease, LostReason, PostgresEventLog } from '@trimtab/event-store';
import { newId, partitionOf } from '@trimtab/kernel';
import { TraceBudget } from '@trimtab/observability';
import type { Topology } from '@trimtab/messaging';
import { DefinitionSide } from './definition-side.js';
import { DEFAULT_ENGINE_LIMITS } from './domain/limits.js';
import { BusLosses } from './handlers/bus-losses.js';
import { retain } from './handlers/cleanup.js';
import { Housekeeping } from './handlers/housekeeping.js';
import { FeedBeat } from './handlers/feed-beat.js';
import { OwnedPartition } from './handlers/owned-partition.js';
import { peopleAnswers } from './handlers/people-commands.js';
import { BusRunRouter } from './handlers/router.js';
import { openSteering } from './handlers/steering.js';
import { Scheduler } from './handlers/scheduler.js';
import { patienceOf } from './handlers/world.js';
import type { World } from './handlers/world.js';
import { respondToPeople } from './inbound/people.responder.js';
import type { OrchestratorOptions } from './orchestrator-options.js';
import { JetStreamHeldCommands } from './outbound/held-commands.js';
import { openOperations } from './outbound/operations.js';
import type { Operations } from './outbound/operations.js';
import { noticedPace } from './outbound/recovery-notices.js';
import type { DatabaseClock } from './outbound/run-clock.js';
import { MeasuredRuns } from './outbound/run-measures.js';
import { ExportedRunSpans } from './outbound/run-spans.js';
import { openDirectories } from './outbound/service-directories.js';
import { openStores } from './outbound/stores.js';
import { JetStreamTaskBus } from './outbound/task-bus.js';

const TICK_MS = 25;
const WAKE_POLL_MS = 1_000;
const CLOCK_MS = 30_000;
const PRUNE_MS = 3_600_000;
/** No sender repeats a command after so long. */
const REPEATED_MS = 7 * 86_400_000;

/** One instance: leases partitions, drives their runs, answers people. */
export class Orchestrator {
  private readonly owned = new Map<number, OwnedPartition>();
  private readonly beat = new FeedBeat(() => performance.now());
  private readonly leases: PartitionLeases;
  private readonly housekeeping: Housekeeping;
  private readonly stops: (() => Promise<unknown> | unknown)[] = [];

  private constructor(
    private readonly options: OrchestratorOptions,
    private readonly log: PostgresEventLog,
    private readonly world: World,
    private readonly writer: EventWriter,
    private readonly losses: BusLosses,
    private readonly operations: Operations,
    private readonly side: DefinitionSide,
  ) {
    this.leases = this.makeLeases();
    this.housekeeping = new Housekeeping(options.logger);
  }

  /** Migrates, provisions, takes its share of the partitions and works; resolves when it answers. */
  static async start(options: OrchestratorOptions): Promise<Orchestrator> {
    const { pool, messaging, logger, artifacts, schema = 'orchestrator' } = options;
    const { log, clock, definitions } = await openStores(pool, schema);
    const bus = new JetStreamTaskBus(messaging);
    const writer = new EventWriter(pool, {
      schema,
      onStall: (error, attempt) => logger.warn('the log cannot be written now', { attempt, error }),
      onFenced: (partition) => world.fenced(partition),
    });
    const id = (): string => newId(clock);
    const measures = new MeasuredRuns(new ExportedRunSpans());
    const operations = openOperations({ pool, schema, bus, logger, newId: id, artifacts });
    const { orchestration } = options;
    const found = openDirectories(orchestration, messaging, logger);
    const steering = openSteering({ ...found, clock, logger, ...operations }, orchestration);
    const around = { ...options, ...operations, schema, log, definitions };
    const side = new DefinitionSide({ ...around, world: () => world });
    const world: World = {
      steering,
      appender: writer,
      log,
      definitions,
      bus,
      held: new JetStreamHeldCommands(messaging),
      clock,
      ...operations,
      logger,
      spans: measures,
      traces: new TraceBudget(options.tracesPerSecond ?? 10),
      dependencies: side.dependencies,
      limits: { ...DEFAULT_ENGINE_LIMITS, ...options.limits },
      pace: noticedPace({ ...options, ...operations, clock }),
      router: new BusRunRouter(messaging, log.partitionCount, (partition) => world.owned(partition), id),
      random: Math.random,
      newId: id,
      ...patienceOf(options),
      stored: (partition, rows, first) => self.owned.get(partition)?.feed.stored(rows, first),
      fenced: (partition) => void self.leases.fenced(partition),
      owned: (partition) => self.owned.get(partition)?.runs,
    };
    const losses = new BusLosses(bus, pool, schema);
    const self: Orchestrator = new Orchestrator(options, log, world, writer, losses, operations, side);
    await self.run();
    self.stops.push(measures.answer(messaging), ...((await steering?.start(self.owned)) ?? []));
    return self;
  }

  /** Partitions that this instance owns now. */
  get partitions(): readonly number[] {
    return [...this.owned.keys()];
  }

  /** Finishes what is in hand, gives its partitions back and ends. */
  async stop(): Promise<void> {
    this.housekeeping.stop();
    for (const stop of this.stops.splice(0)) await stop();
    await this.leases.stop();
    await this.writer.close();
  }

  private makeLeases(): PartitionLeases {
    const { pool, schema = 'orchestrator', instanceId, leaseMs, logger } = this.options;
    return new PartitionLeases(
      pool,
      {
        schema,
        instanceId,
        leaseMs,
        onDead: (instances) => logger.warn('instances have died: others take over', { instances }),
        onError: (error) => logger.warn('partitions cannot be leased now', { error }),
      },
      { onAcquired: (lease) => this.acquired(lease), onLost: (lease, reason) => this.lost(lease, reason) },
    );
  }

  private async run(): Promise<void> {
    const { messaging } = this.options;
    const topology = this.topology();
    await messaging.provision(topology);
    const watch = messaging.watchProvisioning(topology);
    await this.lookForLosses();
    const { answers, stop } = await this.side.open(this.housekeeping, () => [...this.owned.values()]);
    const { leaseMs: claimMs = 15_000, retainMs = PRUNE_MS, retentionDays } = this.options;
    const around = { ...this.world, ...this.operations, claimMs };
    const scheduler = new Scheduler(around);
    this.stops.push(
      stop,
      await respondToPeople(messaging, { ...peopleAnswers({ ...around, scheduler }), ...answers }),
      messaging.subscribeLive(subjects.allLive, (message) => this.heard(message)),
      () => watch.stop(),
    );
    await this.leases.start();
    const house = this.housekeeping;
    house.every(TICK_MS, () => this.owned.forEach(({ runs }) => runs.tick()));
    house.every(WAKE_POLL_MS, () => this.wakeDue());
    house.every(this.options.sweepMs ?? 5_000, () => this.sweep());
    house.every(this.options.watchMs ?? 30_000, () => this.watch());
    house.every(this.options.scheduleMs ?? 1_000, () => scheduler.turn());
    house.every(5_000, () => this.operations.announcements.drain());
    house.every(PRUNE_MS, () => this.prune());
    // The owner of the first partition does it for all.
    house.every(retainMs, () => this.owned.has(0) && retain(this.world, retentionDays));
    house.every(CLOCK_MS, () => (this.world.clock as DatabaseClock).synchronize());
  }

  private topology(): Topology {
    const consumers = Array.from({ length: this.log.partitionCount }, (_, partition) =>
      resultConsumer(partition),
    );
    const { replicas = 1 } = this.options;
    return { streams: streams.map((stream) => ({ ...stream, replicas })), consumers };
  }

  private acquired(lease: Lease): void {
    this.writer.open(lease);
    const partition = new OwnedPartition(lease, this.world, this.options.messaging, this.beat);
    this.owned.set(lease.partition, partition);
    partition.open();
  }

  private async lost(lease: Lease, reason: LostReason): Promise<void> {
    const partition = this.owned.get(lease.partition);
    if (reason === 'taken') this.writer.drop(lease.partition);
    await partition?.close();
    if (reason !== 'taken') await this.writer.shut(lease.partition);
    if (this.owned.get(lease.partition) === partition) this.owned.delete(lease.partition);
    partition?.runs.close();
  }

  private heard(message: unknown): void {
    const live = LiveMessage.safeParse(message);
    if (!live.success || live.data.kind === 'cancel') return;
    const { runId, taskId, attempt } = live.data;
    const now = this.world.clock.now().toISOString();
    this.owned.get(partitionOf(runId, this.log.partitionCount))?.runs.seen(runId, taskId, attempt, now);
  }

  private async wakeDue(): Promise<void> {
    if (this.owned.size === 0) return;
    const due = await this.log.dueTimers(this.partitions, 500);
    await Promise.all(due.map(({ partition, run }) => this.owned.get(partition)?.runs.memory.find(run)));
  }

  private async prune(): Promise<void> {
    await this.log.pruneProcessed(REPEATED_MS);
    await this.log.prunePublic(REPEATED_MS);
    await this.operations.announcements.prune(REPEATED_MS);
    await this.operations.schedules.prune(REPEATED_MS);
  }

  private async watch(): Promise<void> {
    for (const partition of [...this.owned.values()]) await partition.watch();
  }

  /** What the broker lost is sent and said again. */
  private async lookForLosses(): Promise<void> {
    const { work, events } = await this.losses.look();
    for (const { runs, feed } of this.owned.values()) {
      if (events) feed.rewind();
      if (work) runs.lose();
    }
    if (events) await this.operations.announcements.sayAgain();
    await this.losses.settle();
  }

  private async sweep(): Promise<void> {
    await this.lookForLosses();
    const partitions = [...this.owned.values()];
    const swept = await Promise.allSettled(partitions.map(({ runs }) => runs.sweep()));
    for (const one of swept) if (one.status === 'rejected') throw one.reason;
  }
}
