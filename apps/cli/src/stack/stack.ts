import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { StackSettings } from '@trimtab/contracts';
import { startEmbedded } from '@trimtab/embedded';
import type { Embedded } from '@trimtab/embedded';
import type { Child } from './child.js';
import { startChild } from './child.js';
import { removeStackFile, writeStackFile } from './stack-file.js';

export const SERVICES = [
  'orchestrator',
  'discovery',
  'analysis',
  'anomaly',
  'budget',
  'execution',
  'reporting',
  'tasks',
  'gateway',
] as const;
export type ServiceName = (typeof SERVICES)[number];

export interface StackOptions {
  readonly dataDir: string;
  readonly settings: StackSettings;
  readonly services?: readonly ServiceName[];
  /** More environment for the services, for example the credentials of a simulated account. */
  readonly env?: Readonly<Record<string, string>>;
  /** Recorded for other commands, see `StackFile`. */
  readonly defaults?: Record<string, unknown>;
  readonly log: (line: string) => void;
}

/** NATS, Postgres and services that run for one data directory. */
export interface Stack {
  readonly gatewayUrl: string;
  readonly natsUrl: string;
  readonly databaseUrl: string;
  stop(): Promise<void>;
}

const RESTART_MS = 1_000;
const host = (): string => fileURLToPath(new URL('./host.js', import.meta.resolve('@trimtab/service')));

/** Starts servers and services and writes `stack.json`, by which other commands find the gateway. */
export async function startStack(options: StackOptions): Promise<Stack> {
  const { dataDir, settings, log } = options;
  const embedded = await startEmbedded({
    dataDir,
    ...(settings.natsUrl ? { nats: { url: settings.natsUrl } } : {}),
    ...(settings.databaseUrl ? { postgres: { url: settings.databaseUrl } } : {}),
    log,
  });
  const services = new Services(options, embedded);
  const stop = async (): Promise<void> => {
    removeStackFile(dataDir);
    await services.stop();
    await embedded.stop();
  };
  try {
    const gatewayUrl = await services.start();
    const { natsUrl, databaseUrl } = embedded;
    const { defaults } = options;
    writeStackFile(dataDir, { pid: process.pid, gatewayUrl, natsUrl, ...(defaults ? { defaults } : {}) });
    return { gatewayUrl, natsUrl, databaseUrl, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** The service processes: one host for all, or one each; a process that dies is started again. */
class Services {
  private readonly children = new Map<string, Child>();
  private stopping = false;

  constructor(
    private readonly options: StackOptions,
    private readonly embedded: Embedded,
  ) {}

  async start(): Promise<string> {
    const names = this.options.services ?? SERVICES;
    const groups = this.options.settings.processes === 'one' ? [names] : names.map((name) => [name]);
    const started = await Promise.all(groups.map((group) => this.startGroup(group)));
    const gateway = started.flat().find((line) => line['service'] === 'gateway');
    return typeof gateway?.['url'] === 'string' ? gateway['url'] : '';
  }

  async stop(): Promise<void> {
    this.stopping = true;
    await Promise.all([...this.children.values()].map((child) => child.stop()));
  }

  private async startGroup(names: readonly ServiceName[]): Promise<readonly Record<string, unknown>[]> {
    const name = names.length === 1 ? (names[0] ?? 'services') : 'services';
    const child = await startChild({
      name,
      args: [host(), ...names],
      env: this.environment(),
      logFile: join(this.options.dataDir, 'logs', `${name}.log`),
      readyLines: names.length,
      onExit: (code) => this.restart(names, code),
    });
    this.children.set(name, child);
    return child.ready;
  }

  private restart(names: readonly ServiceName[], code: number | null): void {
    if (this.stopping) return;
    this.options.log(`${names.join(', ')} ended with code ${code}: starting again`);
    setTimeout(() => {
      if (this.stopping) return;
      this.startGroup(names).catch(() => this.restart(names, code));
    }, RESTART_MS);
  }

  private environment(): Record<string, string> {
    const { settings, env } = this.options;
    return {
      NATS_URL: this.embedded.natsUrl,
      DATABASE_URL: this.embedded.databaseUrl,
      GATEWAY_PORT: String(settings.gatewayPort),
      LOG_LEVEL: settings.logLevel,
      TRIMTAB_EXIT_WITH_PARENT: 'true',
      TASKS_SCRIPTS: settings.tasks.scripts.join(),
      TASKS_HOSTS: settings.tasks.hosts.join(),
      TASKS_ENV: settings.tasks.env.join(),
      TRIMTAB_WORKFLOWS: settings.workflows.folders.map((folder) => resolve(folder)).join(),
      ...(settings.otlpEndpoint ? { OTEL_EXPORTER_OTLP_ENDPOINT: settings.otlpEndpoint } : {}),
      ...env,
    };
  }
}
