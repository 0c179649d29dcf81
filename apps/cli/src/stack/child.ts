import type { ChildProcess } from 'node:child_process';
import { spawn } from 'node:child_process';
import { createWriteStream, mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { createInterface } from 'node:readline';
import { AppError } from '@trimtab/kernel';
import { environment } from '../config.js';

export interface ChildOptions {
  readonly name: string;
  /** Entry file and its arguments. */
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly logFile: string;
  /** Number of readiness lines (one JSON object each on stdout) to wait for. */
  readonly readyLines: number;
  /** Called when the process was ready and ends without having been asked to. */
  readonly onExit?: (code: number | null) => void;
}

/** A Node process that reports on stdout when it is ready, logs to a file, and ends when its parent ends. */
export interface Child {
  readonly pid: number;
  readonly ready: readonly Record<string, unknown>[];
  stop(): Promise<void>;
  /** SIGKILL: for one that does not hear anything else. */
  kill(): void;
}

const READY_TIMEOUT_MS = 120_000;
const STOP_TIMEOUT_MS = 30_000;

export async function startChild(options: ChildOptions): Promise<Child> {
  mkdirSync(dirname(options.logFile), { recursive: true });
  const log = createWriteStream(options.logFile, { flags: 'a' });
  const env = { ...environment, ...options.env };
  const child = spawn(process.execPath, ['--no-warnings', ...options.args], {
    env,
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  child.stderr.pipe(log);
  let stopping = false;
  const ready = await readinessOf(child, options).catch(async (error: unknown) => {
    await end(child);
    throw error;
  });
  const ended = (code: number | null): void => {
    if (!stopping) options.onExit?.(code);
  };
  if (hasEnded(child)) setImmediate(() => ended(child.exitCode));
  else child.once('exit', ended);
  return {
    pid: child.pid ?? 0,
    ready,
    stop: () => {
      stopping = true;
      return end(child);
    },
    kill: () => void child.kill('SIGKILL'),
  };
}

function readinessOf(
  child: ChildProcess,
  { name, readyLines, logFile }: ChildOptions,
): Promise<Record<string, unknown>[]> {
  const lines: Record<string, unknown>[] = [];
  return new Promise((resolve, reject) => {
    const fail = (why: string): void =>
      reject(new AppError('stack.not-started', `${name} ${why}: see ${logFile}.`, { details: { name } }));
    const timer = setTimeout(
      () => fail(`was not ready after ${READY_TIMEOUT_MS / 1000} s`),
      READY_TIMEOUT_MS,
    );
    child.once('exit', (code) => fail(`ended with code ${code}`));
    child.once('error', (error) => fail(error.message));
    if (child.stdout === null) return;
    createInterface({ input: child.stdout }).on('line', (line) => {
      if (!line.startsWith('{')) return;
      lines.push(JSON.parse(line) as Record<string, unknown>);
      if (lines.length < readyLines) return;
      clearTimeout(timer);
      resolve(lines);
    });
  });
}

/** SIGTERM, time to drain, then SIGKILL. */
function end(child: ChildProcess): Promise<void> {
  if (hasEnded(child)) return Promise.resolve();
  return new Promise((resolve) => {
    const timer = setTimeout(() => child.kill('SIGKILL'), STOP_TIMEOUT_MS);
    child.once('exit', () => {
      clearTimeout(timer);
      resolve();
    });
    child.kill('SIGTERM');
  });
}

const hasEnded = ({ exitCode, signalCode }: ChildProcess): boolean =>
  exitCode !== null || signalCode !== null;
