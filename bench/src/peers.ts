import { spawnSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { join } from 'node:path';
import type { Ground } from './ground.js';
import { Program } from './program.js';
import { inRepository } from './repository.js';
import { expectedSum } from './system.js';
import type { System } from './system.js';

const FOLDER = inRepository('bench/peers');

/** The engines that people could take instead, installed when they are first asked for, in their pinned versions. */
export async function startPeers(ground: Ground): Promise<System[]> {
  install();
  return [await startDbos(ground), await startRestate(ground)];
}

/** Versions by name, for the report. */
export function peerVersions(): Record<string, string> {
  const text = readFileSync(join(FOLDER, 'package.json'), 'utf8');
  return (JSON.parse(text) as { dependencies: Record<string, string> }).dependencies;
}

function install(): void {
  const mark = join(FOLDER, 'node_modules/.installed');
  const lock = readFileSync(join(FOLDER, 'package-lock.json'), 'utf8');
  if (existsSync(mark) && readFileSync(mark, 'utf8') === lock) return;
  process.stderr.write(`installing DBOS and Restate in ${FOLDER} …\n`);
  const args = ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'];
  const { status } = spawnSync('npm', args, {
    cwd: FOLDER,
    stdio: ['ignore', 2, 2],
    env: { ...process.env, SCARF_ANALYTICS: 'false' },
  });
  if (status !== 0) throw new Error(`npm ci failed in ${FOLDER}: see the lines above`);
  writeFileSync(mark, lock);
}

/** On the same Postgres; its workflows are started and awaited in its own process, as its users do. */
async function startDbos(ground: Ground): Promise<System> {
  const program = await Program.start({ entry: join(FOLDER, 'dbos.mjs'), args: [await ground.database()] });
  ground.onClose(() => program.stop());
  return {
    name: 'dbos',
    processes: [
      { name: 'application', pid: program.pid, counts: 'cpu and memory' },
      { name: 'postgres', pid: ground.postgres.pid ?? 0, counts: 'neither' },
    ],
    run: async (seed) => check('dbos', seed, await program.ask<number>({ seed, key: randomUUID() })),
  };
}

/** On its own log, which waits for the disk as is its default; called through its ingress. */
async function startRestate(ground: Ground): Promise<System> {
  const folder = join(ground.folder, 'restate');
  mkdirSync(folder);
  // Without it the SDK writes two lines per workflow.
  const env = { RESTATE_LOGGING: 'ERROR' };
  const program = await Program.start({ entry: join(FOLDER, 'restate.mjs'), args: [folder], env });
  ground.onClose(() => program.stop());
  const { ingress, server } = await program.ask<{ ingress: number; server: number }>({});
  const agent = new Agent({ keepAlive: true });
  ground.onClose(async () => agent.destroy());
  return {
    name: 'restate',
    processes: [
      { name: 'service', pid: program.pid, counts: 'cpu and memory' },
      { name: 'server', pid: server, counts: 'cpu and memory' },
    ],
    run: async (seed) => {
      const { sum } = await post<{ sum: number }>(agent, ingress, '/SevenSteps/run', { seed });
      check('restate', seed, sum);
    },
  };
}

function check(name: string, seed: number, sum: number): void {
  if (sum !== expectedSum(seed)) throw new Error(`${name}: seed ${seed} gave ${sum}`);
}

function post<Answer>(agent: Agent, port: number, path: string, body: object): Promise<Answer> {
  const options = { agent, host: '127.0.0.1', port, path, method: 'POST' };
  return new Promise((done, failed) => {
    const headers = { 'content-type': 'application/json' };
    const call = request({ ...options, headers }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
      response.on('end', () =>
        response.statusCode === 200
          ? done(JSON.parse(text) as Answer)
          : failed(new Error(`${path} answers ${response.statusCode}: ${text}`)),
      );
    });
    call.on('error', failed).end(JSON.stringify(body));
  });
}
