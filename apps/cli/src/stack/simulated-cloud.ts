import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Child } from './child.js';
import { startChild } from './child.js';

/** The simulated company as its own process, with the configuration that fits it. */
export interface SimulatedCloud {
  readonly url: string;
  /** Defaults of the configuration: accounts, regions and budgets of the company. */
  readonly defaults: Record<string, unknown>;
  /** Credentials of the simulated company for the services. */
  readonly env: Record<string, string>;
  stop(): Promise<void>;
}

interface Company {
  readonly accounts: readonly { id: string; name: string }[];
  readonly regions: readonly string[];
  readonly budgets: readonly unknown[];
}

const main = (): string => fileURLToPath(new URL('./main.js', import.meta.resolve('@trimtab/app-cloud-sim')));

export async function startSimulatedCloud(options: {
  dataDir: string;
  seed: string;
  env?: Record<string, string>;
}): Promise<SimulatedCloud> {
  const child = await startChild({
    name: 'cloud-sim',
    args: [main()],
    env: {
      CLOUD_SIM_SEED: options.seed,
      TRIMTAB_EXIT_WITH_PARENT: 'true',
      ...options.env,
    },
    logFile: join(options.dataDir, 'logs', 'cloud-sim.log'),
    readyLines: 1,
  });
  return describe(child, String(child.ready[0]?.['url'])).catch(async (error: unknown) => {
    await child.stop();
    throw error;
  });
}

async function describe(child: Child, url: string): Promise<SimulatedCloud> {
  const company = (await (await fetch(`${url}/_sim/company`)).json()) as Company;
  const accounts = company.accounts.map(({ id, name }) => ({
    id,
    name,
    readRoleArn: `arn:aws:iam::${id}:role/TrimtabRead`,
    actRoleArn: `arn:aws:iam::${id}:role/TrimtabAct`,
  }));
  return {
    url,
    defaults: { cloud: { endpoint: url, accounts, regions: company.regions }, budgets: company.budgets },
    env: {
      AWS_ACCESS_KEY_ID: `AKIASIM${accounts[0]?.id ?? ''}0`,
      AWS_SECRET_ACCESS_KEY: 'simulated',
      AWS_REGION: company.regions[0] ?? 'us-east-1',
    },
    stop: () => child.stop(),
  };
}
