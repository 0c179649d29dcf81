import type { ChildProcess } from 'node:child_process';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { environment } from './config.js';
import { inRepository } from './root.js';

export interface CliResult {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface CliOptions {
  /** Where it runs; a folder without `trimtab.yaml` unless the spec put one there. */
  readonly cwd: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Called with the process as soon as it runs. */
  readonly onStart?: (child: ChildProcess) => void;
}

/** Runs the command line as people do, as a process of its own, and returns everything that it said. */
export async function trimtab(args: readonly string[], options: CliOptions): Promise<CliResult> {
  const child = spawn(process.execPath, ['--no-warnings', inRepository('apps/cli/dist/main.js'), ...args], {
    cwd: options.cwd,
    env: { ...withoutTrimtab(), ...options.env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  options.onStart?.(child);
  const said = { stdout: '', stderr: '' };
  child.stdout.on('data', (chunk) => (said.stdout += String(chunk)));
  child.stderr.on('data', (chunk) => (said.stderr += String(chunk)));
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, ...said };
}

/** Settings of whoever runs the tests must not reach the command line under test. */
const withoutTrimtab = (): NodeJS.ProcessEnv =>
  Object.fromEntries(Object.entries(environment).filter(([name]) => !/^(TRIMTAB_|CLOUD_SIM_)/.test(name)));
