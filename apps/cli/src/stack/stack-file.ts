import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** What a running stack says of itself, so that other commands find it. */
export interface StackFile {
  /** Process that started the stack and stops it on SIGTERM. */
  readonly pid: number;
  readonly gatewayUrl: string;
  readonly natsUrl: string;
  /** Weakest layer of the configuration: the accounts of the simulated company in the demo. */
  readonly defaults?: Record<string, unknown>;
}

/** The demo keeps its own data beside that of the real stack. */
export const demoDir = (dataDir: string): string => join(dataDir, 'demo');
const fileIn = (dataDir: string): string => join(dataDir, 'stack.json');

export function writeStackFile(dataDir: string, stack: StackFile): void {
  mkdirSync(dirname(fileIn(dataDir)), { recursive: true });
  writeFileSync(fileIn(dataDir), JSON.stringify(stack, null, 2));
}

export const removeStackFile = (dataDir: string): void => rmSync(fileIn(dataDir), { force: true });

/** The stack of this data directory; a file whose process is gone counts as none. */
export function runningStack(dataDir: string): StackFile | undefined {
  const file = fileIn(dataDir);
  if (!existsSync(file)) return undefined;
  const stack = JSON.parse(readFileSync(file, 'utf8')) as StackFile;
  return isAlive(stack.pid) ? stack : undefined;
}

/** The stack that commands talk to when no gateway is named: the real one before the demo. */
export const nearestStack = (dataDir: string): StackFile | undefined =>
  runningStack(dataDir) ?? runningStack(demoDir(dataDir));

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
