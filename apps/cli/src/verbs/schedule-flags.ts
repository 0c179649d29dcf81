import { readFile } from 'node:fs/promises';
import type { Command } from 'commander';
import { NOMINAL_TIME, ScheduleChanges } from '@trimtab/contracts';
import type { ScheduleTimes } from '@trimtab/contracts';
import { AppError } from '@trimtab/kernel';
import { parse } from 'yaml';
import type { Cli } from '../context.js';
import { runSettingsOf } from './run.js';
import type { RunOptions } from './run.js';

export interface ScheduleFlags extends RunOptions {
  readonly interval?: string;
  readonly daily?: string;
  readonly weekly?: string;
  readonly monthly?: string;
  readonly cron?: string;
  readonly timeZone?: string;
  readonly workflow?: string;
  readonly input?: string;
  readonly description?: string;
  readonly catchUp?: string;
  readonly overlap?: string;
  readonly queueLimit?: string;
  readonly jitter?: string;
  readonly label?: readonly string[];
}

const collect = (value: string, all: string[] = []): string[] => [...all, value];

/** Flags that say when a schedule runs, and how. */
export const withSettings = (command: Command): Command =>
  command
    .option('--interval <duration>', 'every so often, for example 30m or 6h')
    .option('--daily <time>', 'at this time of day, for example 06:00')
    .option('--weekly <days@time>', 'for example mon,thu@07:30')
    .option('--monthly <day@time>', 'for example 1@08:00, 31@08:00 (else the last day) or last@08:00')
    .option('--cron <expression>', 'five fields, for example "0 6 * * mon-fri"')
    .option('--time-zone <zone>', 'IANA time zone, for example Europe/Berlin (default: UTC)')
    .option('--catch-up <rule>', 'missed times: skip, one (default), all, or how many of the newest')
    .option('--overlap <rule>', 'while a run is going: skip (default), allow, queue or cancel-previous')
    .option('--queue-limit <n>', 'runs that may wait under --overlap queue (default: 10)')
    .option('--jitter <duration>', 'start up to this much later, always the same for one time')
    .option('--description <text>')
    .option('--label <name=value>', 'label of the runs (repeat for more)', collect);

/** Flags that say what the runs do. */
export const withRun = (command: Command): Command =>
  command
    .option('--scan-only', 'discovery only')
    .option('--region <name>', 'only this region (repeat for more)', collect)
    .option('--account <id>', 'only this account (repeat for more)', collect)
    .option('--services <list>', 'only these services, for example ec2,rds')
    .option('--live', 'runs change the cloud account, after approval')
    .option('--approve-low', 'in live runs, let policy grant actions of low risk')
    .option('--yes', 'do not ask for confirmation');

/** The settings that were given by flags. Throws `cli.usage` with every problem. */
export function changesOf(flags: ScheduleFlags): ScheduleChanges {
  const problems: string[] = [];
  const given = {
    times: timesOf(flags, problems),
    timeZone: flags.timeZone,
    workflow: flags.workflow,
    description: flags.description,
    catchUp: flags.catchUp === undefined ? undefined : catchUpOf(flags.catchUp),
    overlap: flags.overlap,
    queueLimit: flags.queueLimit === undefined ? undefined : Number(flags.queueLimit),
    jitter: flags.jitter,
    labels: labelsOf(flags.label, problems),
  };
  const changes = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
  const parsed = ScheduleChanges.safeParse(changes);
  for (const { path, message } of parsed.error?.issues ?? [])
    problems.push(`${flagOf(path, flags)}: ${message}`);
  if (problems.length === 0 && parsed.success) return parsed.data;
  throw new AppError('cli.usage', `These flags are not right:\n  ${problems.join('\n  ')}`, {
    details: { problems },
  });
}

/** What the runs get: a file, or for `optimize` the configuration as it is now. */
export async function inputOf(cli: Cli, flags: ScheduleFlags): Promise<unknown> {
  if (flags.input !== undefined) return parse(await readFile(flags.input, 'utf8')) as unknown;
  if (flags.workflow !== undefined && flags.workflow !== 'optimize') return {};
  const settings = await runSettingsOf(cli, flags);
  return { settings, scanOnly: flags.scanOnly ?? false, asOf: NOMINAL_TIME };
}

const KINDS = ['interval', 'daily', 'weekly', 'monthly', 'cron'] as const;

function timesOf(flags: ScheduleFlags, problems: string[]): ScheduleTimes | undefined {
  const given = KINDS.filter((kind) => flags[kind] !== undefined);
  if (given.length > 1) problems.push(`--${given.join(', --')}: take one of them`);
  const [kind] = given;
  if (kind === undefined || given.length > 1) return undefined;
  return readTimes(kind, flags[kind] ?? '') as ScheduleTimes;
}

function readTimes(kind: (typeof KINDS)[number], text: string): unknown {
  const [days = '', at = ''] = text.split('@');
  switch (kind) {
    case 'interval':
      return { kind, every: text };
    case 'daily':
      return { kind, at: text };
    case 'weekly':
      return { kind, on: days.split(',').map((day) => day.trim().toLowerCase()), at };
    case 'monthly':
      return { kind, day: days === 'last' ? days : Number(days), at };
    case 'cron':
      return { kind, expression: text };
  }
}

const catchUpOf = (text: string): unknown => (/^\d+$/.test(text) ? { atMost: Number(text) } : text);

function labelsOf(
  labels: readonly string[] | undefined,
  problems: string[],
): Record<string, string> | undefined {
  if (!labels) return undefined;
  for (const label of labels)
    if (label.indexOf('=') < 1)
      problems.push(`--label: takes NAME=VALUE, for example team=data; got "${label}"`);
  return Object.fromEntries(
    labels.map((label) => [label.split('=')[0], label.slice(label.indexOf('=') + 1)]),
  );
}

/** The flag that a problem is about. */
function flagOf(path: readonly PropertyKey[], flags: ScheduleFlags): string {
  const name = String(path[0]);
  if (name === 'times') return `--${KINDS.find((kind) => flags[kind] !== undefined) ?? 'times'}`;
  return `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}
