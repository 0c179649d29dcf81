import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { TrimtabClient } from '@trimtab/client';
import { testFolder, testServers } from '@trimtab/embedded/testing';
import type { TestServers, TestServersOptions } from '@trimtab/embedded/testing';
import { createPool } from '@trimtab/event-store';
import type { CrashPoint } from '@trimtab/kernel';
import { FaultyProcess } from '@trimtab/testing';
import type { AuditedWorkflow } from '@trimtab/testing/audit';
import type { Pool } from 'pg';
import { inRepository } from '../../root.js';
import type { Order } from '../workflows.js';
import { chaosWorkflows } from '../workflows.js';
import { People } from './people.js';
import { Provider } from './provider.js';

export interface EngineOptions extends TestServersOptions {
  /** Instances to start with (1 each unless told). */
  readonly orchestrators?: number;
  readonly workers?: number;
  /** 2,000 unless told. */
  readonly leaseMs?: number;
  readonly env?: Readonly<Record<string, string>>;
  /** Another broker than the one that comes with the engine. */
  readonly natsUrl?: string;
  /** Another database than the one that comes with the engine. */
  readonly databaseUrl?: string;
  readonly workflows?: ReadonlyMap<string, AuditedWorkflow>;
}

/** One run that a scenario has started, and what it must come to. */
export interface Started extends Order {
  readonly runId: string;
}

interface RunRow {
  readonly run: string;
  readonly status: string;
  readonly terminal: boolean;
}

const READY = { line: /"ready":true/ };
const READY_MS = 180_000;

/** Orchestrators and workers as real processes on real servers, and the outside world that they change. */
export class Engine {
  readonly orchestrators: FaultyProcess[] = [];
  readonly workers: FaultyProcess[] = [];
  readonly gateways: FaultyProcess[] = [];
  readonly started: Started[] = [];
  private readonly folder = testFolder();

  private constructor(
    readonly options: EngineOptions,
    readonly servers: TestServers,
    readonly provider: Provider,
    readonly people: People,
    /** For looking at the rows; nothing of the product uses it. */
    readonly sql: Pool,
  ) {}

  static async start(options: EngineOptions = {}): Promise<Engine> {
    const servers = await testServers(options);
    const provider = await Provider.listen();
    const people = await People.connect(options.natsUrl ?? servers.natsUrl);
    const url = options.databaseUrl ?? servers.databaseUrl;
    const sql = createPool({ url, max: 4, connectMs: READY_MS, applicationName: 'chaos' });
    const engine = new Engine(options, servers, provider, people, sql);
    try {
      engine.writeWorkflows();
      const { orchestrators = 1, workers = 1 } = options;
      await Promise.all([
        ...Array.from({ length: orchestrators }, () => engine.orchestrator()),
        ...Array.from({ length: workers }, () => engine.worker()),
      ]);
      return engine;
    } catch (error) {
      await engine.dispose();
      throw error;
    }
  }

  get workflows(): ReadonlyMap<string, AuditedWorkflow> {
    return new Map([...chaosWorkflows, ...(this.options.workflows ?? [])]);
  }

  get natsUrl(): string {
    return this.options.natsUrl ?? this.servers.natsUrl;
  }

  /** One more orchestrator. */
  orchestrator(env: Readonly<Record<string, string>> = {}): Promise<FaultyProcess> {
    return this.join(this.orchestrators, 'apps/orchestrator/dist/main.js', env);
  }

  /** One more worker. */
  worker(env: Readonly<Record<string, string>> = {}): Promise<FaultyProcess> {
    return this.join(this.workers, 'apps/e2e/dist/chaos/worker/main.js', env);
  }

  /** A worker of another service, `slow`, whose tasks take `ms`. */
  slowWorker(ms: number): Promise<FaultyProcess> {
    return this.join(this.workers, 'apps/e2e/dist/chaos/worker/slow-main.js', { SLOW_MS: String(ms) });
  }

  /** A gateway, and a client of it. */
  async gateway(env: Readonly<Record<string, string>> = {}): Promise<TrimtabClient> {
    const gateway = await this.join(this.gateways, 'apps/gateway/dist/main.js', {
      GATEWAY_PORT: '0',
      ...env,
    });
    return new TrimtabClient(/"url":"([^"]+)"/.exec(gateway.output)?.[1] ?? '');
  }

  async begin(order: Order): Promise<Started> {
    const { workflow, input } = order;
    const { runId } = await this.people.ask('start-run', { workflow, input });
    const started = { ...order, runId };
    this.started.push(started);
    return started;
  }

  beginAll(orders: readonly Order[]): Promise<Started[]> {
    return Promise.all(orders.map((order) => this.begin(order)));
  }

  /** Waits until all runs have ended; returns those that did not come to what they must, in words. */
  async wrongEnds(runs: readonly Started[] = this.started, timeoutMs = 240_000): Promise<string[]> {
    await this.untilEnded(
      runs.map(({ runId }) => runId),
      timeoutMs,
    );
    const rows = new Map((await this.rows()).map((row) => [row.run, row]));
    const outputs = await this.outputs();
    return runs.flatMap(({ runId, workflow, expected }) => {
      const is = { status: rows.get(runId)?.status ?? 'unknown', output: outputs.get(runId) };
      const right =
        (expected.status === 'ANY' || is.status === expected.status) &&
        (expected.output === undefined || JSON.stringify(is.output) === JSON.stringify(expected.output));
      return right ? [] : [`${workflow} ${runId} is ${JSON.stringify(is)}, not ${JSON.stringify(expected)}`];
    });
  }

  /** Waits until the runs have ended or time is over. A database that is away is asked again. */
  async untilEnded(runIds: readonly string[], timeoutMs: number): Promise<void> {
    const deadline = performance.now() + timeoutMs;
    while (performance.now() < deadline) {
      const ended = new Set((await this.rows().catch(() => [])).filter(isTerminal).map(({ run }) => run));
      if (runIds.every((id) => ended.has(id))) return;
      await sleep(100);
    }
  }

  /** JSON is YAML. An orchestrator reads it when it starts. */
  writeWorkflow(name: string, definition: object): void {
    writeFileSync(join(this.folder, 'workflows', `${name}.yaml`), JSON.stringify(definition));
  }

  deleteWorkflow(name: string): void {
    rmSync(join(this.folder, 'workflows', `${name}.yaml`));
  }

  /** Of the orchestrators and workers; undefined for one that has ended. */
  pids(): (number | undefined)[] {
    return [...this.orchestrators, ...this.workers].map(({ pid }) => pid);
  }

  async rows(): Promise<RunRow[]> {
    return (await this.sql.query<RunRow>('SELECT run, status, terminal FROM orchestrator.runs')).rows;
  }

  async eventCount(): Promise<number> {
    const { rows } = await this.sql.query<{ n: number }>(
      'SELECT count(*)::int AS n FROM orchestrator.events',
    );
    return rows[0]?.n ?? 0;
  }

  /** What the processes have said since their last start, warnings and above. */
  logs(): string {
    return [...this.orchestrators, ...this.workers, ...this.gateways].map((one) => one.output).join('\n');
  }

  async dispose(): Promise<void> {
    await Promise.all([...this.orchestrators, ...this.workers, ...this.gateways].map((one) => one.kill()));
    await this.people.close();
    await this.sql.end();
    await this.provider.close();
    await this.servers.dispose();
    rmSync(this.folder, { recursive: true, force: true });
  }

  private async outputs(): Promise<Map<string, unknown>> {
    const { rows } = await this.sql.query<{ stream: string; data: string }>(
      `SELECT stream, data FROM orchestrator.events WHERE type = 'RunCompleted'`,
    );
    return new Map(
      rows.map(({ stream, data }) => [
        stream.replace('run-', ''),
        (JSON.parse(data) as { output?: unknown }).output,
      ]),
    );
  }

  private async join(
    group: FaultyProcess[],
    entry: string,
    env: Readonly<Record<string, string>>,
  ): Promise<FaultyProcess> {
    const joined = new FaultyProcess({
      entry: inRepository(entry),
      env: { ...this.env(), ...this.options.env, ...env },
      ready: READY,
      timeoutMs: READY_MS,
    });
    group.push(joined);
    await joined.start();
    return joined;
  }

  private env(): Record<string, string> {
    return {
      NATS_URL: this.natsUrl,
      DATABASE_URL: this.options.databaseUrl ?? this.servers.databaseUrl,
      PROVIDER_URL: this.provider.url,
      TRIMTAB_LEASE_MS: String(this.options.leaseMs ?? 2_000),
      TRIMTAB_WORKFLOWS: join(this.folder, 'workflows'),
      TRIMTAB_CONCURRENCY: '32',
      HEALTH_PORT: '0',
      LOG_LEVEL: 'warn',
    };
  }

  private writeWorkflows(): void {
    const folder = join(this.folder, 'workflows');
    mkdirSync(folder);
    for (const [name, { definition }] of this.workflows) this.writeWorkflow(name, definition);
  }
}

const isTerminal = ({ terminal }: RunRow): boolean => terminal;

/** Settings that make a process signal itself where its fault is. */
export const crashAt = (point: CrashPoint, nth = 1, signal: 'SIGKILL' | 'SIGSTOP' = 'SIGKILL') => ({
  TRIMTAB_CRASH_AT: `${point}#${nth}=${signal}`,
});
