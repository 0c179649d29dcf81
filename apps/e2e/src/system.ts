import { rmSync } from 'node:fs';
import { TrimtabClient } from '@trimtab/client';
import type { ServiceName } from '@trimtab/contracts';
import { testFolder, testServers } from '@trimtab/embedded/testing';
import type { TestServers } from '@trimtab/embedded/testing';
import { Cloud } from './cloud.js';
import type { Findings } from './findings.js';
import { findingsOf } from './findings.js';
import { PublicEvents } from './public-events.js';
import type { FinishedRun, RunOptions } from './runs.js';
import { Runs } from './runs.js';
import { OPTIMIZE_SERVICES, Services } from './services.js';

export interface SystemOptions {
  /** Which company is simulated; default 1. */
  readonly seed?: number;
  /** The moment it is generated for; default: now. */
  readonly now?: string;
  /** Default `one`. */
  readonly processes?: 'one' | 'each';
  /** Default: all. */
  readonly services?: readonly ServiceName[];
  readonly env?: Readonly<Record<string, string>>;
  /** Base URL of an OTLP receiver. */
  readonly otlp?: string;
}

/** The whole product, real processes on real servers, against a simulated company. */
export interface System {
  readonly cloud: Cloud;
  readonly servers: TestServers;
  readonly services: Services;
  readonly client: TrimtabClient;
  readonly publicEvents: PublicEvents;
  readonly runs: Runs;
  /** A folder of this system, gone after `dispose`. */
  readonly folder: string;
  /** Runs optimize to its end; returns the run with everything that it found. */
  optimize(options?: RunOptions): Promise<{ run: FinishedRun; findings: Findings }>;
  /** Leaves nothing running. */
  dispose(): Promise<void>;
}

/** The simulated cloud changes its states in milliseconds. */
const impatient = { EXECUTION_POLL_MS: '50', EXECUTION_SETTLE_MS: '1000' };

/** Starts the system for a spec: `beforeAll(async () => { system = await startSystem({ seed: 1 }) })`. */
export async function startSystem(options: SystemOptions = {}): Promise<System> {
  const { seed = 1, now, processes = 'one', services: names = OPTIMIZE_SERVICES, otlp } = options;
  const folder = testFolder();
  const closers: (() => Promise<void>)[] = [async () => rmSync(folder, { recursive: true, force: true })];
  const dispose = async (): Promise<void> => {
    for (const close of closers.splice(0).reverse()) await close();
  };
  try {
    const [cloud, servers] = await startGround({ seed, folder, ...(now ? { now } : {}) }, closers);
    const env = {
      ...cloud.env,
      ...impatient,
      NATS_URL: servers.natsUrl,
      DATABASE_URL: servers.databaseUrl,
      ...(otlp ? { OTEL_EXPORTER_OTLP_ENDPOINT: otlp } : {}),
      ...options.env,
    };
    const services = await Services.start({ processes, names, env });
    closers.push(() => services.stop());
    const client = new TrimtabClient(services.gatewayUrl);
    const publicEvents = new PublicEvents(servers, client);
    const runs = new Runs(client, cloud, () => services.logs());
    const optimize = async (asked?: RunOptions) => {
      const run = await runs.finished(await runs.start(asked));
      return { run, findings: await findingsOf({ client, publicEvents }, run) };
    };
    return { cloud, servers, services, client, publicEvents, runs, folder, optimize, dispose };
  } catch (error) {
    await dispose();
    throw error;
  }
}

async function startGround(
  options: Parameters<typeof Cloud.start>[0],
  closers: (() => Promise<void>)[],
): Promise<[Cloud, TestServers]> {
  const [cloud, servers] = await Promise.allSettled([Cloud.start(options), testServers()]);
  if (cloud.status === 'fulfilled') closers.push(() => cloud.value.stop());
  if (servers.status === 'fulfilled') closers.push(() => servers.value.dispose());
  if (cloud.status === 'rejected') throw cloud.reason;
  if (servers.status === 'rejected') throw servers.reason;
  return [cloud.value, servers.value];
}
