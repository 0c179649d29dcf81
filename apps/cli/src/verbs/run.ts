import { randomUUID } from 'node:crypto';
import { createInterface } from 'node:readline/promises';
import type { Command } from 'commander';
import { runSettings } from '@trimtab/contracts';
import type { Settings } from '@trimtab/contracts';
import { AppError } from '@trimtab/kernel';
import type { Setting } from '../config/origins.js';
import type { Cli } from '../context.js';
import { exitCodeOfRun } from '../exit-codes.js';
import { duration, status } from '../output/format.js';
import { answer } from '../output/terminal.js';
import type { Bind } from '../program.js';
import { failedCoverage, follow } from './follow.js';
import { highlights, runResult, summaryText } from './summary.js';

export interface RunOptions {
  readonly scanOnly?: boolean;
  readonly region?: string[];
  readonly account?: string[];
  readonly services?: string;
  readonly live?: boolean;
  readonly approveLow?: boolean;
  readonly yes?: boolean;
  readonly detach?: boolean;
}

const collect = (value: string, all: string[] = []): string[] => [...all, value];

export function registerRun(program: Command, bind: Bind): void {
  program
    .command('run [workflow]')
    .description('Run a workflow (default: optimize); a dry run unless --live is given')
    .option('--scan-only', 'discovery only')
    .option('--region <name>', 'only this region (repeat for more)', collect)
    .option('--account <id>', 'only this account (repeat for more)', collect)
    .option('--services <list>', 'only these services, for example ec2,rds')
    .option('--live', 'change the cloud account, after approval')
    .option('--approve-low', 'in a live run, let policy grant actions of low risk')
    .option('--yes', 'do not ask for confirmation')
    .option('--detach', 'start it and return')
    .action(bind(run as never));
}

/** Flags as settings of the configuration: they win over file and environment, and are validated with them. */
export function settingsOf(options: RunOptions): Setting[] {
  const flags: [string[], unknown, string][] = [];
  if (options.region) flags.push([['cloud', 'regions'], options.region, '--region']);
  if (options.services) flags.push([['scan', 'services'], options.services.split(','), '--services']);
  if (options.live) flags.push([['execution', 'mode'], 'live', '--live']);
  if (options.approveLow) flags.push([['execution', 'approveLow'], true, '--approve-low']);
  return flags.map(([path, value, flag]) => ({ path, value, origin: { from: 'flag', flag } }));
}

/** The settings of runs that these flags ask for; live ones are confirmed first. */
export async function runSettingsOf(cli: Cli, options: RunOptions): Promise<Settings> {
  const settings = runSettings(cli.config(settingsOf(options)).config);
  const chosen = onlyAccounts(settings, options.account);
  // Live mode must be asked for by flag at this call: a file or variable alone never changes an account.
  if (!options.live) return { ...chosen, execution: { ...chosen.execution, mode: 'dry-run' } };
  await confirm(cli, chosen, options);
  return chosen;
}

async function run(cli: Cli, workflow: string | undefined, options: RunOptions): Promise<number> {
  const safe = await runSettingsOf(cli, options);
  const client = cli.client();
  const started = await client.call('startRun', {
    body: {
      workflow: workflow ?? 'optimize',
      input: { settings: safe, scanOnly: options.scanOnly ?? false, asOf: new Date().toISOString() },
      labels: { mode: safe.execution.mode },
      idempotencyKey: randomUUID(),
    },
  });
  if (options.detach) {
    answer(
      cli.terminal,
      started,
      () => `${started.runId} ${status(started.status)}: \`trimtab runs watch ${started.runId}\``,
    );
    return 0;
  }
  const finished = await follow(cli, client, started.runId, { justStarted: true });
  const result = await runResult(client, finished);
  const shown = await highlights(client, finished.id);
  answer(cli.terminal, result, () => summaryText(result, finished, shown));
  if (finished.status === 'SUSPENDED') cli.terminal.err(`suspended after ${duration(finished.durationMs)}`);
  return exitCodeOfRun(finished.status, await failedCoverage(client, finished.id));
}

function onlyAccounts(settings: Settings, ids: string[] | undefined): Settings {
  if (!ids) return settings;
  const accounts = settings.cloud.accounts.filter((account) => ids.includes(account.id));
  const missing = ids.filter((id) => !accounts.some((account) => account.id === id));
  if (missing.length === 0) return { ...settings, cloud: { ...settings.cloud, accounts } };
  throw new AppError(
    'config.unknown-account',
    `Not in the configuration: ${missing.join(', ')} (cloud.accounts).`,
  );
}

async function confirm(cli: Cli, settings: Settings, options: RunOptions): Promise<void> {
  const accounts = settings.cloud.accounts.map((account) => `${account.name} (${account.id})`).join(', ');
  const how = settings.execution.approveLow
    ? 'low risk is granted by policy, the rest waits for approval'
    : 'every plan waits for approval';
  cli.terminal.err(
    `LIVE run against ${accounts}: ${how}; each action's rollback is recorded before it is done.`,
  );
  if (options.yes) return;
  if (!process.stdin.isTTY)
    throw new AppError(
      'cli.usage',
      'A live run asks for confirmation: give --yes when there is no terminal.',
    );
  const prompt = createInterface({ input: process.stdin, output: process.stderr });
  const typed = await prompt.question('Type "live" to go on: ');
  prompt.close();
  if (typed.trim() !== 'live') throw new AppError('cli.interrupted', 'Not confirmed: nothing was started.');
}
