import { spawn } from 'node:child_process';
import { closeSync, existsSync, mkdirSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { Command } from 'commander';
import { StackSettings } from '@trimtab/contracts';
import { TrimtabClient } from '@trimtab/client';
import { AppError, toErrorInfo } from '@trimtab/kernel';
import { DEFAULT_FILE } from '../config/load.js';
import type { LoadedConfig } from '../config/load.js';
import type { Cli } from '../context.js';
import { answer } from '../output/terminal.js';
import { pluginPaths } from '../plugins.js';
import type { Bind } from '../program.js';
import { untilSignal } from '../stack/signals.js';
import { startStack } from '../stack/stack.js';
import type { StackFile } from '../stack/stack-file.js';
import { demoDir, isAlive, runningStack } from '../stack/stack-file.js';
import { demo } from './demo.js';
import { applySchedules } from './schedule-presets.js';

const READY_MS = 150_000;
const STOP_MS = 60_000;
const POLL_MS = 200;

export function registerStack(program: Command, bind: Bind): void {
  program
    .command('demo')
    .description(
      'A simulated company: start all, run optimize as a dry run, show what was found, keep serving',
    )
    .option('--once', 'stop after the run')
    .option('--seed <n>', 'seed of the simulated company', '1')
    .action(bind(demo as never));
  program
    .command('up')
    .description('Start the stack in the background against your cloud account')
    .option('--foreground', 'stay in this terminal')
    .option('--autoscale', 'start and stop workers as the backlog says')
    .action(bind(up as never));
  program.command('down').description('Stop what `up` started').action(bind(down));
}

interface UpOptions {
  readonly foreground?: boolean;
  readonly autoscale?: boolean;
}

async function up(cli: Cli, { foreground, autoscale }: UpOptions): Promise<number> {
  const running = runningStack(cli.dataDir);
  if (running) return done(cli, running, 'runs already');
  if (!foreground) return inBackground(cli);
  const { settings, orchestration, plugins } = stackOf(cli, autoscale);
  const log = (line: string): void => cli.terminal.err(line);
  const stack = await startStack({ dataDir: cli.dataDir, settings, orchestration, plugins, log });
  cli.terminal.err(`gateway ${stack.gatewayUrl}; Ctrl-C stops it`);
  if (existsSync('trimtab.yaml')) await startSchedules(cli, stack.gatewayUrl);
  await untilSignal();
  await stack.stop();
  return 0;
}

const loadedHere = (cli: Cli): LoadedConfig | undefined =>
  existsSync(DEFAULT_FILE) ? cli.config() : undefined;

/** What the configuration says of the stack; without a file its defaults. */
export const stackSettings = (cli: Cli): StackSettings =>
  loadedHere(cli)?.config.stack ?? StackSettings.parse({});

/** The same for starting one, with what flags say. */
function stackOf(cli: Cli, autoscale = false) {
  const loaded = loadedHere(cli);
  const given = loaded?.config.stack ?? StackSettings.parse({});
  const scaling = autoscale ? { ...given.scaling, enabled: true } : given.scaling;
  const plugins = loaded ? pluginPaths(loaded.config.plugins, loaded.file) : [];
  return { settings: { ...given, scaling }, orchestration: loaded?.config.orchestration, plugins };
}

/** The schedules of the configuration file; trouble with them is said and keeps nothing from running. */
async function startSchedules(cli: Cli, gatewayUrl: string): Promise<void> {
  try {
    const applied = await applySchedules(cli, new TrimtabClient(gatewayUrl));
    for (const { id, status } of applied) cli.terminal.err(`schedule ${id} ${status}`);
  } catch (error) {
    cli.terminal.err(`schedules of the configuration: ${toErrorInfo(error).message}`);
  }
}

async function inBackground(cli: Cli): Promise<number> {
  mkdirSync(join(cli.dataDir, 'logs'), { recursive: true });
  const logFile = join(cli.dataDir, 'logs', 'stack.log');
  const log = openSync(logFile, 'a');
  const main = fileURLToPath(new URL('../main.js', import.meta.url));
  const given = process.argv.slice(2);
  const child = spawn(process.execPath, ['--no-warnings', main, ...given, '--foreground'], {
    detached: true,
    stdio: ['ignore', log, log],
  });
  child.unref();
  closeSync(log);
  for (let waited = 0; waited < READY_MS && child.exitCode === null; waited += POLL_MS) {
    const started = runningStack(cli.dataDir);
    if (started) return done(cli, started, 'started');
    await sleep(POLL_MS);
  }
  throw new AppError('stack.not-started', `The stack did not start: see ${logFile}.`);
}

async function down(cli: Cli): Promise<number> {
  const running = runningStack(cli.dataDir);
  if (!running) {
    const demo = runningStack(demoDir(cli.dataDir));
    const hint = demo ? `; the demo (process ${demo.pid}) ends with Ctrl-C in its terminal` : '';
    answer(cli.terminal, { status: 'not running' }, () => `no stack runs here${hint}`);
    return 0;
  }
  process.kill(running.pid, 'SIGTERM');
  for (let waited = 0; waited < STOP_MS; waited += POLL_MS) {
    if (!isAlive(running.pid)) return done(cli, running, 'stopped');
    await sleep(POLL_MS);
  }
  throw new AppError('stack.not-stopped', `Process ${running.pid} did not end within ${STOP_MS / 1000} s.`);
}

function done(cli: Cli, { pid, gatewayUrl }: Pick<StackFile, 'pid' | 'gatewayUrl'>, status: string): number {
  answer(cli.terminal, { status, pid, gatewayUrl }, () => `${status}: ${gatewayUrl} (process ${pid})`);
  return 0;
}
