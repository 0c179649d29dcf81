import { join } from 'node:path';
import { startNats } from '@trimtab/embedded';
import { EngineClient } from '../client.js';
import type { Ground } from '../ground.js';
import { Program } from '../program.js';
import { expectedSum } from '../system.js';
import type { System } from '../system.js';

/** The same messages, rows and public events on the same servers, without an engine: what this machine has to give. */
export async function startBare(ground: Ground): Promise<System> {
  const nats = await startNats({ dataDir: join(ground.folder, 'bare') });
  ground.onClose(() => nats.stop());
  const env = { NATS_URL: nats.url, DATABASE_URL: await ground.database() };
  const program = (name: string): Promise<Program> =>
    Program.start({ entry: join(import.meta.dirname, `${name}.js`), env });
  const [orchestrator, worker] = [await program('orchestrator'), await program('worker')];
  ground.onClose(() => Promise.all([orchestrator.stop(), worker.stop()]));
  const client = await EngineClient.connect(nats.url);
  ground.onClose(() => client.close());
  return {
    name: 'bare',
    processes: [
      { name: 'orchestrator', pid: orchestrator.pid, counts: 'cpu and memory' },
      { name: 'worker', pid: worker.pid, counts: 'cpu and memory' },
      { name: 'nats', pid: nats.pid ?? 0, counts: 'memory' },
      { name: 'postgres', pid: ground.postgres.pid ?? 0, counts: 'neither' },
    ],
    run: async (seed) => {
      const { sum } = (await client.run('seven-steps', { seed })) as { sum: number };
      if (sum !== expectedSum(seed)) throw new Error(`bare: seed ${seed} gave ${sum}`);
    },
  };
}
