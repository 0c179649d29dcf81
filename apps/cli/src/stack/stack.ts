import { resolve } from 'node:path';
import { SERVICES } from '@trimtab/contracts';
import type { OrchestrationSettings, ServiceName, StackSettings } from '@trimtab/contracts';
import { startEmbedded } from '@trimtab/embedded';
import type { Embedded } from '@trimtab/embedded';
import { Autoscaler } from './autoscaler.js';
import { Fleet } from './fleet.js';
import type { RepairPolicy } from './repair.js';
import { StackBus } from './stack-bus.js';
import { removeStackFile, writeStackFile } from './stack-file.js';

export interface StackOptions {
  readonly dataDir: string;
  readonly settings: StackSettings;
  /** Discovery, policies and triggers; the defaults unless given. */
  readonly orchestration?: OrchestrationSettings | undefined;
  readonly services?: readonly ServiceName[];
  /** More environment for the services, for example the credentials of a simulated account. */
  readonly env?: Readonly<Record<string, string>>;
  /** Plugins of every service: absolute paths, or packages. */
  readonly plugins?: readonly string[];
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

const RESTART_MS = 500;

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

/** Servers are there: what runs on them. */
class Services {
  private readonly bus: StackBus;
  private readonly fleet: Fleet;
  private readonly autoscaler: Autoscaler | undefined;
  /** A gateway that is started again is found where it was. */
  private gatewayPort: string;

  constructor(
    private readonly options: StackOptions,
    private readonly embedded: Embedded,
  ) {
    const { settings, log, dataDir } = options;
    this.gatewayPort = String(settings.gatewayPort);
    const bus = new StackBus(embedded.natsUrl, log);
    this.bus = bus;
    this.fleet = new Fleet({
      dataDir,
      repair: repairPolicy(settings.repair),
      env: () => this.environment(),
      log,
      onTrouble: (trouble) => bus.report(trouble),
    });
    const { scaling } = settings;
    const parts = { fleet: this.fleet, bus, settings: scaling, services: this.names, log };
    this.autoscaler = scaling.enabled ? new Autoscaler(parts) : undefined;
  }

  async start(): Promise<string> {
    const { settings } = this.options;
    const groups = settings.processes === 'one' ? [this.names] : this.names.map((name) => [name]);
    const ready = await this.fleet.start(groups);
    const gateway = ready.find((line) => line['service'] === 'gateway');
    const url = typeof gateway?.['url'] === 'string' ? gateway['url'] : '';
    if (url) this.gatewayPort = new URL(url).port;
    const least = Object.entries(settings.scaling.workers).filter(([service]) => this.isScaled(service));
    await Promise.all(least.map(([service, { min }]) => this.fleet.scale(service, min)));
    await this.autoscaler?.start();
    return url;
  }

  async stop(): Promise<void> {
    this.autoscaler?.stop();
    await this.fleet.stop();
    await this.bus.close();
  }

  private get names(): readonly string[] {
    return this.options.services ?? SERVICES;
  }

  /** People find one gateway at one address. */
  private isScaled(service: string): boolean {
    return this.names.includes(service) && service !== 'gateway';
  }

  private environment(): Record<string, string> {
    const { settings, env, orchestration } = this.options;
    return {
      NATS_URL: this.embedded.natsUrl,
      DATABASE_URL: this.embedded.databaseUrl,
      GATEWAY_PORT: this.gatewayPort,
      LOG_LEVEL: settings.logLevel,
      ...(orchestration ? { ORCHESTRATION_CONFIG: JSON.stringify(orchestration) } : {}),
      TRIMTAB_EXIT_WITH_PARENT: 'true',
      TRIMTAB_PLUGINS: (this.options.plugins ?? []).join(),
      TASKS_SCRIPTS: settings.tasks.scripts.join(),
      TASKS_HOSTS: settings.tasks.hosts.join(),
      TASKS_ENV: settings.tasks.env.join(),
      TRIMTAB_WORKFLOWS: settings.workflows.folders.map((folder) => resolve(folder)).join(),
      ...(settings.otlpEndpoint ? { OTEL_EXPORTER_OTLP_ENDPOINT: settings.otlpEndpoint } : {}),
      ...env,
    };
  }
}

const repairPolicy = (settings: StackSettings['repair']): RepairPolicy => ({
  probeMs: settings.probeSeconds * 1_000,
  probes: settings.probes,
  delayMs: RESTART_MS,
  maxDelayMs: 30_000,
  failures: settings.failures,
  windowMs: settings.windowSeconds * 1_000,
  stableMs: settings.stableSeconds * 1_000,
});
