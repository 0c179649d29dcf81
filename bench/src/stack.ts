import { join } from 'node:path';
import { startNats } from '@trimtab/embedded';
import type { NatsServer } from '@trimtab/embedded';
import type { Ground } from './ground.js';
import { Program } from './program.js';
import { inRepository } from './repository.js';

export interface StackOptions {
  /** Options of Node for the orchestrator and the worker, for example `--cpu-prof`. */
  readonly nodeArgs?: readonly string[];
  /** Spans, metrics and logs of every run to a collector (on). */
  readonly telemetry?: boolean;
  /** The worker stores each result before it sends it, as for handlers with effects (off). */
  readonly stored?: boolean;
}

/** Tasks that the worker has in hand at the same time. */
export const WORKER_CONCURRENCY = 256;
/** As docker-compose.yml starts services. */
const WORKER_NODE_ARGS = ['--max-semi-space-size=8'];

/** One engine: nats-server, a database, the orchestrator's process and the process of a worker. */
export class Stack {
  private orchestrator: Program | undefined;
  private worker: Program | undefined;

  private constructor(
    private readonly ground: Ground,
    readonly nats: NatsServer,
    readonly databaseUrl: string,
    private readonly options: StackOptions,
  ) {}

  /** Starts all of it; ends with its ground. */
  static async start(ground: Ground, name: string, options: StackOptions = {}): Promise<Stack> {
    const nats = await startNats({ dataDir: join(ground.folder, name) });
    ground.onClose(() => nats.stop());
    const stack = new Stack(ground, nats, await ground.database(), options);
    ground.onClose(() => stack.stopPrograms());
    await stack.startPrograms();
    return stack;
  }

  /** The engine's own processes by name. */
  get pids(): { orchestrator: number; worker: number; nats: number } {
    return {
      orchestrator: this.orchestrator?.pid ?? 0,
      worker: this.worker?.pid ?? 0,
      nats: this.nats.pid ?? 0,
    };
  }

  async startPrograms(): Promise<void> {
    await this.startOrchestrator();
    await this.startWorker();
  }

  async startOrchestrator(): Promise<void> {
    this.orchestrator ??= await this.program(inRepository('apps/orchestrator/dist/main.js'));
  }

  async startWorker(): Promise<void> {
    this.worker ??= await this.program(join(import.meta.dirname, 'worker/main.js'), WORKER_NODE_ARGS);
  }

  async stopWorker(): Promise<void> {
    await this.worker?.stop();
    this.worker = undefined;
  }

  async stopPrograms(): Promise<void> {
    await Promise.all([this.orchestrator?.stop(), this.worker?.stop()]);
    this.orchestrator = this.worker = undefined;
  }

  async killPrograms(): Promise<void> {
    await Promise.all([this.orchestrator?.kill(), this.worker?.kill()]);
    this.orchestrator = this.worker = undefined;
  }

  private program(entry: string, always: readonly string[] = []): Promise<Program> {
    const { nodeArgs = [], telemetry = true, stored = false } = this.options;
    const env = {
      NATS_URL: this.nats.url,
      DATABASE_URL: this.databaseUrl,
      LOG_LEVEL: 'warn',
      HEALTH_PORT: '0',
      BENCH_RESULTS: stored ? 'stored' : 'computed',
      TRIMTAB_WORKFLOWS: inRepository('bench/workflows'),
      TRIMTAB_CONCURRENCY: String(WORKER_CONCURRENCY),
      TRIMTAB_EXIT_WITH_PARENT: 'true',
      OTEL_EXPORTER_OTLP_ENDPOINT: telemetry ? this.ground.collectorUrl : '',
    };
    return Program.start({ entry, env, nodeArgs: [...always, ...nodeArgs] });
  }
}
