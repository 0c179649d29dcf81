import { LiveMessage, subjects } from '@trimtab/contracts';
import type { Lease } from '@trimtab/event-store';
import { partitionOf } from '@trimtab/kernel';
import { TraceBudget } from '@trimtab/observability';
import type { Logger } from '@trimtab/observability';
import { DEFAULT_ENGINE_LIMITS } from '../../../src/domain/limits.js';
import { BusLosses } from '../../../src/handlers/bus-losses.js';
import { Dependencies } from '../../../src/handlers/dependencies.js';
import { FeedBeat } from '../../../src/handlers/feed-beat.js';
import { OwnedPartition } from '../../../src/handlers/owned-partition.js';
import type { PartitionRuns } from '../../../src/handlers/partition-runs.js';
import { peopleAnswers } from '../../../src/handlers/people-commands.js';
import { BusRunRouter } from '../../../src/handlers/router.js';
import type { World } from '../../../src/handlers/world.js';
import { respondToPeople } from '../../../src/inbound/people.responder.js';
import type { Definitions } from '../../../src/outbound/definitions.js';
import { RecoveryPace } from '../../../src/domain/recovery-pace.js';
import { DatabaseClock } from '../../../src/outbound/run-clock.js';
import { RunSpans } from '../../../src/outbound/run-spans.js';
import type { Steering } from '../../../src/handlers/steering.js';
import type { SimProcess } from '../engine/sim-process.js';
import type { SimBus } from './bus.js';
import type { Measures } from './measures.js';
import { SimMessaging } from './messaging.js';
import type { SimWire } from './messaging.js';
import { notSimulated } from './not-simulated.js';
import { LOOK_MS, simSteering } from './pools.js';
import type { Seen } from './pools.js';
import { SimThings } from './things.js';
import { remoteLog } from './store.js';
import type { SimStore } from './store.js';
import { SimHeldCommands, SimTaskBus } from './task-bus.js';
import { SimWriter } from './writer.js';

const LEASE_ROUND_MS = 2_000;
const TICK_MS = 500;
const WAKE_MS = 2_000;
const SWEEP_MS = 4_000;

export interface Surroundings {
  readonly store: SimStore;
  readonly bus: SimBus;
  readonly wire: SimWire;
  readonly definitions: Definitions;
  readonly logger: Logger;
  readonly measures: Measures;
  /** Streams that somebody saw before, as the table `bus_streams` holds them. */
  readonly knownStreams: Map<string, string>;
  readonly databaseNow: () => number;
  /** Who lives in which pool; absent where tasks know one pool only. */
  readonly workers?: () => readonly Seen[];
}

class SimClock extends DatabaseClock {
  constructor(private readonly source: () => number) {
    super(() => Promise.resolve(new Date(source())));
  }
  override get ms(): number {
    return this.source();
  }
}

class NoSpans extends RunSpans {
  override record(): void {}
}

/** One orchestrator process: the real handlers, wired as `Orchestrator` wires them, over the simulated world. */
export class SimInstance {
  private readonly owned = new Map<number, OwnedPartition>();
  private readonly beat = new FeedBeat(() => this.process.machine.scheduler.now);
  private readonly leases = new Map<number, Lease>();
  private readonly messaging: SimMessaging;
  private readonly writer: SimWriter;
  private readonly world: World;
  private readonly losses: BusLosses;
  private readonly steering: Steering | undefined;
  private readonly dependencies: Dependencies;

  constructor(
    private readonly process: SimProcess,
    private readonly around: Surroundings,
  ) {
    const { store, bus, wire, definitions, logger, measures } = around;
    this.messaging = new SimMessaging(process, bus, wire, measures);
    this.writer = new SimWriter(process, store, (partition) => void this.lost(partition));
    const taskBus = new SimTaskBus(process, this.messaging, bus);
    this.losses = new BusLosses(taskBus, streamTable(process, around.knownStreams), 'orchestrator');
    this.dependencies = new Dependencies(new SimThings(process), () => this.world);
    const { random } = process.machine;
    const messaging = this.messaging.asMessaging;
    const newId = (): string => random.uuid();
    const clock = new SimClock(around.databaseNow);
    const { workers } = around;
    this.steering = workers && simSteering(process, workers, logger, clock);
    this.world = {
      steering: this.steering,
      ...{ appender: this.writer, log: remoteLog(process, store.log), definitions, bus: taskBus, logger },
      held: new SimHeldCommands(process, bus),
      clock,
      pace: new RecoveryPace({ began: () => undefined, ended: () => undefined }),
      ...{
        spans: new NoSpans(),
        traces: new TraceBudget(Infinity),
        dependencies: this.dependencies,
        limits: DEFAULT_ENGINE_LIMITS,
      },
      router: new BusRunRouter(messaging, store.log.partitionCount, (p) => this.owned.get(p)?.runs, newId),
      ...{ random: () => random.next(), newId, restAfterMs: 15_000, resendAfterMs: 10_000 },
      ...{
        incidents: notSimulated('incidents'),
        openRuns: notSimulated('openRuns'),
        archives: notSimulated('archives'),
        stuckAfterMs: Infinity,
      },
      stored: (partition, rows, first) => this.owned.get(partition)?.feed.stored(rows, first),
      fenced: (partition) => void this.lost(partition),
      owned: (partition) => this.owned.get(partition)?.runs,
    };
  }

  start(): void {
    respondToPeople(
      this.messaging.asMessaging,
      peopleAnswers({
        ...this.world,
        schedules: notSimulated('schedules'),
        scheduler: notSimulated('scheduler'),
      }),
    );
    this.messaging.subscribeLive(subjects.allLive, (message) => this.heard(message));
    void this.losses.look().then(() => this.losses.settle());
    void this.every(LEASE_ROUND_MS, () => this.balance())();
    this.every(TICK_MS, () => this.owned.forEach(({ runs }) => runs.tick()));
    this.every(WAKE_MS, () => this.wakeDue());
    const { steering } = this;
    if (steering) this.every(LOOK_MS, () => steering.turn(this.owned));
    this.every(WAKE_MS, () => this.dependencies.look([...this.owned.values()]));
    if (this.around.measures.has('sweeper')) this.every(SWEEP_MS, () => this.sweep());
  }

  private async balance(): Promise<void> {
    const { store } = this.around;
    const held = [...this.leases.values()];
    const { still, taken } = await this.process.call('lease', () =>
      store.leaseRound(this.process.name, held),
    );
    for (const lease of held) if (!still.has(lease.partition)) await this.lost(lease.partition);
    if (taken) this.acquired(taken);
    else if (held.length > 1 && !this.process.machine.faults.over) await this.giveBackSometimes(held[0]);
  }

  private async giveBackSometimes(lease: Lease | undefined): Promise<void> {
    if (!lease || !this.process.machine.random.chance(0.05)) return;
    await this.closed(lease.partition, () => this.writer.shut(lease.partition));
    await this.process.call('release', () => this.around.store.release(lease));
  }

  private acquired(lease: Lease): void {
    this.leases.set(lease.partition, lease);
    this.writer.open(lease);
    const partition = new OwnedPartition(lease, this.world, this.messaging.asMessaging, this.beat);
    this.owned.set(lease.partition, partition);
    if (!this.around.measures.has('inputDigest')) takeAllAnswers(partition.runs);
    partition.open();
  }

  private async lost(partition: number): Promise<void> {
    if (!this.leases.has(partition)) return;
    this.writer.drop(partition);
    await this.closed(partition, () => Promise.resolve());
  }

  private async closed(partition: number, shut: () => Promise<void>): Promise<void> {
    this.leases.delete(partition);
    const owned = this.owned.get(partition);
    await owned?.close();
    await shut();
    if (this.owned.get(partition) === owned) this.owned.delete(partition);
    owned?.runs.close();
  }

  private heard(message: unknown): void {
    const live = LiveMessage.safeParse(message);
    if (!live.success || live.data.kind === 'cancel') return;
    const { runId, taskId, attempt } = live.data;
    const owned = this.owned.get(partitionOf(runId, this.around.store.log.partitionCount));
    owned?.runs.seen(runId, taskId, attempt, this.world.clock.now().toISOString());
  }

  private async wakeDue(): Promise<void> {
    if (this.owned.size === 0) return;
    const due = await this.world.log.dueTimers([...this.owned.keys()], 500);
    await Promise.all(due.map(({ partition, run }) => this.owned.get(partition)?.runs.memory.find(run)));
  }

  private async sweep(): Promise<void> {
    const losses = await this.losses.look();
    for (const { runs, feed } of this.owned.values()) {
      if (losses.events) feed.rewind();
      if (losses.work) runs.lose();
      await runs.sweep();
    }
    await this.losses.settle();
  }

  /** Repeats work that never overlaps itself; gives a turn out of order. */
  private every(ms: number, work: () => unknown): () => Promise<void> {
    let busy = false;
    const turn = async (): Promise<void> => {
      if (busy) return;
      busy = true;
      try {
        await work();
      } catch (error) {
        this.around.logger.warn('housekeeping failed and will be tried again', { error });
      } finally {
        busy = false;
      }
    };
    setInterval(() => void turn(), ms);
    return turn;
  }
}

/** Answers do not say any more which command they are to. */
function takeAllAnswers(runs: PartitionRuns): void {
  const answer = runs.answer.bind(runs);
  runs.answer = (given) => answer({ ...given, command: undefined });
}

/** The statements about streams that `BusLosses` runs, on a map instead of a table. */
function streamTable(process: SimProcess, known: Map<string, string>) {
  const query = (text: string, values: unknown[] = []): Promise<{ rows: unknown[] }> =>
    process.call('sql', () => {
      if (text.startsWith('INSERT')) known.set(String(values[0]), String(values[1]));
      return {
        rows: text.startsWith('SELECT') ? [...known].map(([name, created]) => ({ name, created })) : [],
      };
    });
  return { query } as ConstructorParameters<typeof BusLosses>[1];
}
