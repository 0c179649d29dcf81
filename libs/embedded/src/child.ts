import { AppError } from '@trimtab/kernel';
import { spawn } from 'node:child_process';
import { closeSync, openSync, readSync, statSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Escalation } from './processes.js';
import { endProcess, signalQuietly } from './processes.js';

export interface Launch {
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly cwd: string;
  readonly env?: NodeJS.ProcessEnv;
  /** Unprivileged user to run as; only root can choose one. */
  readonly owner?: Owner | undefined;
  /** Everything the server prints is appended here. */
  readonly logFile: string;
  /** How it is ended, from polite to final. */
  readonly ending: Escalation;
}

export interface Owner {
  readonly uid: number;
  readonly gid: number;
}

/** A running server process. */
export interface Child {
  readonly pid: number;
  readonly running: boolean;
  /** Resolves with the reason when the process has ended, for whatever cause. */
  readonly exited: Promise<string>;
  /** What it printed since this launch; at most the last 4,000 characters. */
  output(): string;
  stop(): Promise<void>;
  kill(): Promise<void>;
}

const maxLogBytes = 5_000_000;
const alive = new Map<number, NodeJS.Signals>();
let listening = false;

/**
 * Starts a server in a session of its own, so that Ctrl-C in a terminal reaches only its parent, which then stops
 * things in order. When the parent exits without doing so, the server is told to stop.
 */
export async function launch(how: Launch): Promise<Child> {
  const from = logSize(how.logFile);
  const log = openSync(how.logFile, from > maxLogBytes ? 'w' : 'a', 0o600);
  const child = spawn(how.command, how.args, {
    cwd: how.cwd,
    env: how.env ?? process.env,
    stdio: ['ignore', log, log],
    detached: true,
    ...(how.owner ?? {}),
  });
  closeSync(log);
  const pid = await new Promise<number>((started, failed) => {
    child.once('spawn', () => started(child.pid as number));
    child.once('error', (cause) =>
      failed(
        new AppError('embedded.cannot-run', `${how.command} cannot be run: ${cause.message}`, { cause }),
      ),
    );
  });
  const exited = new Promise<string>((ended) => {
    child.once('exit', (code, signal) => {
      alive.delete(pid);
      ended(signal ?? `exit code ${code}`);
    });
  });
  child.unref();
  endWithParent(pid, how.ending[0]?.[0] ?? 'SIGTERM');
  const end = async (ending: Escalation) => {
    if (!alive.has(pid)) return;
    child.ref();
    await endProcess(pid, ending);
    await exited;
  };
  return {
    pid,
    exited,
    get running() {
      return alive.has(pid);
    },
    output: () => tail(how.logFile, from > maxLogBytes ? 0 : from),
    stop: () => end(how.ending),
    kill: () => end([['SIGKILL', 5_000]]),
  };
}

/** Waits until `probe` says yes; fails with the server's own words when it ends or when time is over. */
export async function untilReady(
  name: string,
  child: Child,
  probe: () => Promise<boolean>,
  timeoutMs: number,
): Promise<void> {
  const deadline = performance.now() + timeoutMs;
  while (performance.now() < deadline) {
    if (!child.running) throw startFailure(name, `it ended (${await child.exited})`, child);
    if (await probe()) return;
    await sleep(10);
  }
  await child.kill();
  throw startFailure(name, `it did not answer within ${timeoutMs} ms`, child);
}

function startFailure(name: string, reason: string, child: Child): AppError {
  const output = child.output();
  const lastLines = output.trimEnd().split('\n').slice(-5).join('\n');
  return new AppError(
    'embedded.start-failed',
    `${name} did not start: ${reason}. Its last words:\n${lastLines}`,
    {
      retry: 'later',
      details: { output },
    },
  );
}

function endWithParent(pid: number, signal: NodeJS.Signals): void {
  alive.set(pid, signal);
  if (listening) return;
  listening = true;
  process.once('exit', () => {
    for (const [orphan, farewell] of alive) signalQuietly(orphan, farewell);
  });
}

function logSize(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.size ?? 0;
}

function tail(file: string, from: number): string {
  const size = logSize(file);
  const start = Math.max(from, size - 4_000);
  if (size <= start) return '';
  const handle = openSync(file, 'r');
  try {
    const buffer = Buffer.alloc(size - start);
    return buffer.toString('utf8', 0, readSync(handle, buffer, 0, buffer.length, start));
  } finally {
    closeSync(handle);
  }
}
