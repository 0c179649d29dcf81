import { spawnSync } from 'node:child_process';
import { readFileSync, readdirSync, readlinkSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

/** Whether a process with this id exists; one that has ended but was not yet collected by its parent counts as gone. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
  return procStat(pid)?.[0] !== 'Z';
}

/** A text that differs between two processes that had the same id one after the other; empty where unknown. */
export function startedAt(pid: number): string {
  return procStat(pid)?.[19] ?? '';
}

/** The command line of a process, empty when it does not exist. */
export function commandLine(pid: number): string {
  if (process.platform === 'linux') return readOrEmpty(`/proc/${pid}/cmdline`).replaceAll('\0', ' ');
  return spawnSync('ps', ['-p', String(pid), '-o', 'command='], { encoding: 'utf8' }).stdout ?? '';
}

export type Escalation = readonly (readonly [signal: NodeJS.Signals, graceMs: number])[];

/** Sends each signal in turn until the process is gone; true when it is. */
export async function endProcess(pid: number, escalation: Escalation): Promise<boolean> {
  for (const [signal, graceMs] of escalation) {
    signalQuietly(pid, signal);
    const deadline = performance.now() + graceMs;
    while (isAlive(pid) && performance.now() < deadline) await sleep(10);
    if (!isAlive(pid)) return true;
  }
  return !isAlive(pid);
}

/** Sends a signal; a process that is already gone is no error. */
export function signalQuietly(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

/**
 * Ends the server that an earlier owner left behind. The process named by the pid file is only touched when its
 * command line names our folder, because the id may belong to a stranger by now. Returns the pid it ended.
 */
export async function reapOrphan(
  pidFile: string,
  folder: string,
  how: Escalation,
): Promise<number | undefined> {
  const pid = Number.parseInt(readOrEmpty(pidFile), 10);
  if (!Number.isInteger(pid) || pid <= 1 || !isAlive(pid) || !commandLine(pid).includes(folder))
    return undefined;
  await endProcess(pid, how);
  return pid;
}

/**
 * Ends every process that works in `folder` (Linux only; elsewhere nothing happens). Server processes of a Postgres
 * whose first process was killed live on while they are busy, keep its shared memory, and so block the next start.
 */
export async function endProcessesIn(folder: string): Promise<void> {
  if (process.platform !== 'linux') return;
  const pids = readdirSync('/proc')
    .map(Number)
    .filter((pid) => pid > 1 && workingFolder(pid) === folder);
  await Promise.all(pids.map((pid) => endProcess(pid, [['SIGKILL', 2_000]])));
}

function workingFolder(pid: number): string | undefined {
  try {
    return readlinkSync(`/proc/${pid}/cwd`);
  } catch {
    return undefined;
  }
}

/** Fields of /proc/<pid>/stat after the command name: state first, start time twentieth. */
function procStat(pid: number): string[] | undefined {
  const stat = readOrEmpty(`/proc/${pid}/stat`);
  return stat === '' ? undefined : stat.slice(stat.lastIndexOf(')') + 2).split(' ');
}

function readOrEmpty(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}
