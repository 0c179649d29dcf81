import { Random } from '../engine/random.js';
import { Faults } from '../engine/faults.js';
import { Scheduler } from '../engine/scheduler.js';
import { SimProcess } from '../engine/sim-process.js';
import type { Machine } from '../engine/sim-process.js';
import { withVirtualTimers } from '../engine/virtual-timers.js';
import { Journal } from '@trimtab/testing/audit';
import type { AuditedWorkflow, History } from '@trimtab/testing/audit';
import { SimBus } from './bus.js';
import type { Stored } from './bus.js';
import { SimProvider } from './effects.js';
import { SimInstance } from './instance.js';
import { allMeasures } from './measures.js';
import type { Measures } from './measures.js';
import { SimWire } from './messaging.js';
import { SimPeople } from './people.js';
import type { Seen } from './pools.js';
import { simLogger } from './sim-logger.js';
import { SimStore } from './store.js';
import { SimWorker, WorkerTables } from './worker.js';
import { childWorkflow, SimDefinitions, workflowOf } from './workflows.js';

export const EPOCH_MS = Date.parse('2026-11-01T00:00:00.000Z');
const PARTITIONS = 2;
const INSTANCES = 2;
const WORKERS = 2;
const FAULTS_UNTIL_MS = 30_000;
/** Everything must have ended long before: the longest waits are minutes. */
const HORIZON_MS = 20 * 60_000;
const QUIET_MS = 5_000;

export interface SimulationOptions {
  readonly seed: number;
  readonly measures?: Measures;
  /** Notes every log line and every fault in the history. */
  readonly verbose?: boolean;
}

/** Plays one seed from its first start to the end of its last run. Equal seeds give equal histories. */
export async function simulate(options: SimulationOptions): Promise<History> {
  const world = new SimWorld(options);
  const { stackTraceLimit } = Error;
  // Refusals are errors and most of what happens here is refused: where they come from is in the history.
  Error.stackTraceLimit = 0;
  try {
    return await withVirtualTimers(world.scheduler, () => world.play());
  } finally {
    Error.stackTraceLimit = stackTraceLimit;
  }
}

class SimWorld {
  readonly scheduler = new Scheduler();
  private readonly random: Random;
  private readonly machine: Machine;
  private readonly journal: Journal;
  private readonly store: SimStore;
  private readonly bus: SimBus;
  private readonly wire = new SimWire();
  private readonly provider: SimProvider;
  private readonly measures: Measures;
  private readonly workflows: Map<string, AuditedWorkflow>;
  private readonly definitions: SimDefinitions;
  private readonly tables: WorkerTables;
  private readonly knownStreams = new Map<string, string>();
  private readonly workers = new Map<SimProcess, SimWorker>();
  private readonly poolOf = new WeakMap<SimProcess, string>();
  /** Whether tasks have two pools to go to. */
  private readonly pooled: boolean;
  private readonly people: SimPeople;
  /** Before this instant the world cannot be over. */
  private readonly busyUntil: number;
  private jumped = 0;
  private born = 0;
  private quietSince: number | undefined;

  constructor(private readonly options: SimulationOptions) {
    const { seed } = options;
    this.random = new Random(seed);
    this.pooled = new Random(seed ^ 0x2c1b3c6d).chance(0.25);
    this.measures = options.measures ?? allMeasures;
    const intensity = this.random.pick([0, 0.5, 1, 1, 2]);
    const faults = new Faults(new Random(seed ^ 0x5bd1e995), this.scheduler, intensity, FAULTS_UNTIL_MS);
    this.machine = { scheduler: this.scheduler, faults, random: this.random };
    this.journal = new Journal(() => this.scheduler.now);
    const now = (): number => this.databaseNow();
    this.store = new SimStore(PARTITIONS, now, this.journal, this.measures);
    this.bus = new SimBus(this.machine, this.journal);
    this.bus.onGivenUp = (message) => this.bury(message);
    this.provider = new SimProvider(this.journal, this.measures);
    this.tables = new WorkerTables(now);
    const chosen = Array.from({ length: this.random.integer(2, 5) }, () => workflowOf(this.random));
    this.workflows = new Map([...chosen, childWorkflow].map((one) => [one.definition.name, one]));
    this.definitions = new SimDefinitions(this.workflows.values());
    this.people = new SimPeople(
      new Crowd('people', this.machine, () => undefined),
      this.store,
      this.wire,
      this.journal,
    );
    this.people.begin(chosen.map(({ definition }) => definition.name));
    this.busyUntil = intensity > 0 ? FAULTS_UNTIL_MS : FAULTS_UNTIL_MS / 4;
    if (intensity > 0) this.planDisasters();
  }

  async play(): Promise<History> {
    for (let i = 0; i < INSTANCES; i += 1) this.startInstance();
    for (let i = 0; i < WORKERS; i += 1) this.startWorker('default');
    if (this.pooled) this.startWorker('reserve');
    await this.scheduler.run(HORIZON_MS, () => this.isOver());
    const { facts } = this.journal;
    const listed = new Map([...this.store.log.runs.values()].map(({ run, status }) => [run, status]));
    const { now: lasted, steps } = this.scheduler;
    const { happened: faults } = this.machine.faults;
    const { workflows } = this;
    return {
      seed: this.options.seed,
      facts,
      workflows,
      listed,
      pending: this.bus.pending,
      faults,
      steps,
      lasted,
    };
  }

  private databaseNow(): number {
    return EPOCH_MS + this.scheduler.now + this.jumped;
  }

  /** All runs have ended and the queues are empty, for a while. */
  private isOver(): boolean {
    const { now } = this.scheduler;
    if (now < this.busyUntil) return false;
    const rows = [...this.store.log.runs.values()];
    const quiet =
      this.people.started.every((run) => this.store.log.runs.has(run)) &&
      rows.every(({ terminal }) => terminal) &&
      this.bus.pending.size === 0;
    this.quietSince = quiet ? (this.quietSince ?? now) : undefined;
    return this.quietSince !== undefined && now - this.quietSince > QUIET_MS;
  }

  private startInstance(): void {
    this.spawn('orchestrator', (process) => {
      const { store, bus, wire, definitions, measures, knownStreams } = this;
      const logger = this.loggerOf(process);
      const databaseNow = (): number => this.databaseNow();
      new SimInstance(process, {
        store,
        bus,
        wire,
        definitions,
        logger,
        measures,
        knownStreams,
        databaseNow,
        ...(this.pooled && { workers: () => this.living() }),
      }).start();
    });
  }

  private startWorker(pool: string): void {
    this.spawn('worker', (process) => {
      const { tables, bus, wire, provider, journal, measures } = this;
      const logger = this.loggerOf(process);
      const databaseNow = (): number => this.databaseNow();
      const around = { tables, bus, wire, provider, journal, measures, logger, databaseNow, pool };
      const worker = new SimWorker(process, around);
      this.workers.set(process, worker);
      this.poolOf.set(process, pool);
      worker.start();
    });
  }

  private living(): Seen[] {
    return [...this.workers.keys()].map((process) => {
      const pool = this.poolOf.get(process) ?? 'default';
      return { name: process.name, pool, ready: !process.dead && !process.paused };
    });
  }

  /** A process that starts again a while after each of its deaths. */
  private spawn(kind: string, start: (process: SimProcess) => void): void {
    const died = (dead: SimProcess, point: string): void => {
      this.machine.faults.count(`crash at ${point}`);
      this.note(`${dead.name} died at ${point}`);
      this.workers.delete(dead);
      this.store.died(dead.name);
      const downtime = this.random.integer(500, 12_000);
      this.scheduler.after(downtime, undefined, () => this.spawn(kind, start));
    };
    const process = new SimProcess(`${kind}-${(this.born += 1)}`, this.machine, died);
    process.enter(() => start(process));
  }

  /** What nobody's call triggers: the store of the broker is deleted, the database's clock jumps, everything dies. */
  private planDisasters(): void {
    const at = (): number => this.random.integer(1_000, FAULTS_UNTIL_MS - 1_000);
    const plan = (probability: number, name: string, work: () => void): void => {
      if (!this.random.chance(probability)) return;
      this.scheduler.after(at(), undefined, () => {
        this.machine.faults.count(name);
        this.note(name);
        work();
      });
    };
    plan(0.3, 'bus store deleted', () => this.bus.deleteStore());
    plan(0.2, 'clock jumps ahead', () => (this.jumped += this.random.integer(1_000, 600_000)));
    plan(0.2, 'clock jumps back', () => (this.jumped -= this.random.integer(1_000, 20_000)));
    plan(0.3, 'a worker is killed', () => [...this.workers.keys()][0]?.kill('disaster'));
  }

  private async bury(message: Stored): Promise<boolean> {
    const living = [...this.workers].filter(([process]) => !process.dead && !process.paused);
    const [process, worker] = living[0] ?? [];
    if (!process || !worker) return false;
    return new Promise((done) => {
      const patience = this.scheduler.after(30_000, undefined, () => done(false));
      process.enter(async () => {
        await worker.bury(message).catch(() => undefined);
        patience.cancelled = true;
        process.send('buried', () => done(true));
      });
    });
  }

  private loggerOf(process: SimProcess): ReturnType<typeof simLogger> {
    return simLogger((text, { ms: _wallClock, ...fields }) => {
      if (this.options.verbose) this.note(`${process.name}: ${text} ${JSON.stringify(fields, errorText)}`);
    });
  }

  private note(text: string): void {
    if (this.options.verbose) this.journal.add({ kind: 'note', text });
  }
}

/** People do not crash. */
class Crowd extends SimProcess {
  override kill(): void {}
}

const errorText = (_key: string, value: unknown): unknown => (value instanceof Error ? String(value) : value);
