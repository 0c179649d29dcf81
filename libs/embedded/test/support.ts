import { jetstream, jetstreamManager } from '@nats-io/jetstream';
import { connect } from '@nats-io/transport-node';
import { spawn } from 'node:child_process';
import { rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { withClient } from '../src/postgres-client.js';
import { testFolder } from '../src/testing.js';

/** Folders that `removeFolders` deletes after the specs of a file. */
const folders: string[] = [];

export function folder(): string {
  const made = testFolder();
  folders.push(made);
  return made;
}

export function removeFolders(): void {
  for (const made of folders.splice(0)) rmSync(made, { recursive: true, force: true });
}

export async function query<T extends object>(url: string, sql: string): Promise<T[]> {
  return await withClient(url, async (client) => (await client.query<T>(sql)).rows);
}

/** Resolves when a statement with this text runs on the server. */
export async function running(url: string, text: string): Promise<void> {
  const looking = `SELECT 1 FROM pg_stat_activity WHERE state = 'active' AND pid <> pg_backend_pid() AND strpos(query, '${text}') > 0`;
  while ((await query(url, looking)).length === 0) await new Promise((done) => setTimeout(done, 20));
}

/** A machine that stands still for a while is no failure of a server. */
export const patient = { timeout: 60_000 };

export async function storeMessage(url: string, text: string): Promise<void> {
  const connection = await connect({ servers: url });
  await (await jetstreamManager(connection, patient)).streams.add({ name: 'KEPT', subjects: ['kept'] });
  await jetstream(connection, patient).publish('kept', text);
  await connection.close();
}

export async function storedMessage(url: string): Promise<string | undefined> {
  const connection = await connect({ servers: url });
  const stored = await (await jetstreamManager(connection, patient)).streams.getMessage('KEPT', { seq: 1 });
  await connection.close();
  return stored?.string();
}

export interface Held {
  readonly pid: number;
  readonly natsUrl: string;
  readonly databaseUrl: string;
  readonly pids: readonly number[];
  readonly uid: number;
  /** What the servers' starts logged. */
  readonly lines: readonly string[];
  end(signal: NodeJS.Signals): Promise<number | null>;
}

/** Starts `holder.mjs` and waits until its servers run. */
export async function hold(options: object): Promise<Held> {
  const script = fileURLToPath(new URL('holder.mjs', import.meta.url));
  const child = spawn(process.execPath, [script, JSON.stringify(options)], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const ended = new Promise<number | null>((done) => child.once('exit', done));
  let problems = '';
  child.stderr.on('data', (chunk) => (problems += String(chunk)));
  const ready = new Promise<string>((done) => child.stdout.once('data', (chunk) => done(String(chunk))));
  const line = await Promise.race([
    ready,
    ended.then((code) => Promise.reject(new Error(`${code}: ${problems}`))),
  ]);
  const end = (signal: NodeJS.Signals) => {
    child.kill(signal);
    return ended;
  };
  return { ...(JSON.parse(line) as Omit<Held, 'pid' | 'end'>), pid: child.pid as number, end };
}
