import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { join } from 'node:path';

const root = join(import.meta.dirname, '../../..');

/** The simulated AWS company as a process of its own, on a free port; `now` is where its metrics and costs end. */
export async function startCloudSim(
  env: Record<string, string> = {},
): Promise<{ url: string; stop(): Promise<void> }> {
  const child = spawn(process.execPath, ['--no-warnings', join(root, 'apps/cloud-sim/dist/main.js')], {
    env: {
      PATH: process.env.PATH,
      CLOUD_SIM_PORT: '0',
      CLOUD_SIM_SEED: '1',
      CLOUD_SIM_TRANSITION_MS: '20',
      ...env,
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [line] = (await once(createInterface(child.stdout), 'line')) as [string];
  const { url } = JSON.parse(line) as { url: string };
  const stop = async (): Promise<void> => {
    const ended = once(child, 'exit');
    child.kill('SIGTERM');
    await ended;
  };
  return { url, stop };
}
