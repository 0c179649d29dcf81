import { startCloudSim } from './cloud-sim.js';
import type { CloudSimOptions } from './cloud-sim.js';

/** Runs until SIGTERM or SIGINT. Says on stdout, in one JSON line, where it listens. */
export async function run({
  exitWithParent,
  ...options
}: CloudSimOptions & { readonly exitWithParent?: boolean | undefined }): Promise<void> {
  const sim = await startCloudSim(options);
  const { seed, now, accounts } = sim.world;
  const ready = {
    ready: true,
    app: 'cloud-sim',
    url: sim.url,
    pid: process.pid,
    seed,
    now: new Date(now).toISOString(),
  };
  process.stdout.write(`${JSON.stringify({ ...ready, accounts: accounts.map(({ id }) => id) })}\n`);
  // Standard input, once it is read, would keep the process alive.
  const end = (): void => void sim.close().finally(() => process.exit(0));
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, end);
  if (exitWithParent) process.stdin.once('end', end).resume();
}
