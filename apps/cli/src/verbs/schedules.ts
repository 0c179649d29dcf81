import { randomUUID } from 'node:crypto';
import type { Command } from 'commander';
import type { Schedule, ScheduleTick } from '@trimtab/contracts';
import { AppError } from '@trimtab/kernel';
import type { Cli } from '../context.js';
import { status } from '../output/format.js';
import { inUtc, inZone, timesText } from '../output/schedule.js';
import { answer } from '../output/terminal.js';
import type { Bind } from '../program.js';
import { scheduleConsole } from './schedule-console.js';
import { apply, enable } from './schedule-presets.js';
import { changesOf, inputOf, withRun, withSettings } from './schedule-flags.js';
import type { ScheduleFlags } from './schedule-flags.js';
import { listPresets, listSchedules, showSchedule } from './schedule-views.js';

interface Why {
  readonly reason?: string;
}

export function registerSchedules(program: Command, bind: Bind): void {
  const schedules = program
    .command('schedules')
    .description('Runs at times: every so often, daily, weekly, monthly, cron');
  registerVerbs(schedules, bind);
  schedules
    .command('console')
    .description('Type these verbs one after the other: list, add, pause, trigger, …')
    .action(bind(scheduleConsole(registerVerbs)));
}

function registerVerbs(schedules: Command, bind: Bind): void {
  registerLooking(schedules, bind);
  registerMaking(schedules, bind);
  for (const verb of ['pause', 'resume', 'delete'] as const)
    withReason(schedules.command(`${verb} <schedule>`).description(descriptions[verb])).action(
      bind(change(verb) as never),
    );
  registerRunning(schedules, bind);
}

function registerLooking(schedules: Command, bind: Bind): void {
  schedules
    .command('list')
    .description('Schedules with their next times')
    .option('--status <status>', 'active or paused')
    .action(bind(listSchedules as never));
  schedules
    .command('show <schedule>')
    .description('One schedule, the times to come and what became of the last ones')
    .option('--times <n>', 'how many times to come', '5')
    .option('--ticks <n>', 'how many past ones', '10')
    .action(bind(showSchedule as never));
  schedules
    .command('presets')
    .description('Schedules that come with Trimtab, switched off until enabled')
    .action(bind(listPresets));
}

function registerMaking(schedules: Command, bind: Bind): void {
  const adding = schedules
    .command('add <schedule>')
    .description('Make a schedule, for example: add nightly --daily 02:30 --time-zone Europe/Berlin')
    .option('--workflow <name>', 'what to run (default: optimize)')
    .option('--input <file>', 'input of the runs (YAML or JSON) instead of the configuration')
    .option('--paused', 'do not start it yet');
  withReason(withRun(withSettings(adding))).action(bind(add as never));
  const updating = schedules
    .command('update <schedule>')
    .description('Change what the flags say')
    .option('--input <file>', 'input of the runs (YAML or JSON)')
    .option('--refresh', 'take the configuration as it is now for the runs, with the flags after this one');
  withReason(withSettings(withRun(updating))).action(bind(update as never));
  const enabling = schedules.command('enable <preset>').description('Switch a preset on; flags change it');
  withReason(withRun(withSettings(enabling))).action(bind(enable as never));
  const applying = schedules
    .command('apply')
    .description('Make the schedules of the configuration file what it says');
  withReason(applying).action(bind(apply as never));
}

function registerRunning(schedules: Command, bind: Bind): void {
  const triggering = schedules
    .command('trigger <schedule>')
    .description('One run now, beside its times')
    .option('--overlap <rule>', 'instead of its own rule: allow, skip, queue or cancel-previous');
  withReason(triggering).action(bind(trigger as never));
  const filling = schedules
    .command('backfill <schedule>')
    .description('Runs for the times of a past interval that had none; without --yes only a preview')
    .requiredOption('--from <time>', 'RFC 3339, for example 2026-11-01T00:00:00Z')
    .requiredOption('--until <time>', 'exclusive')
    .option('--overlap <rule>', 'queue (one after the other) or allow (all at once)', 'queue')
    .option('--limit <n>', 'refuse more than so many', '100')
    .option('--yes', 'do it');
  withReason(filling).action(bind(backfill as never));
}

const descriptions = {
  pause: 'Let its times pass without runs',
  resume: 'Go on from now; what passed is not caught up with',
  delete: 'Delete it; its runs stay',
} as const;

const withReason = (command: Command): Command =>
  command.option('--reason <text>', 'why, for the audit trail');

async function add(cli: Cli, id: string, flags: ScheduleFlags & Why & { paused?: boolean }): Promise<void> {
  const { times, ...rest } = changesOf(flags);
  if (times === undefined)
    throw new AppError('cli.usage', 'Say when it runs: --interval, --daily, --weekly, --monthly or --cron.');
  const settings = { ...rest, times, input: await inputOf(cli, flags) };
  const body = { id, settings, paused: flags.paused ?? false, idempotencyKey: randomUUID(), ...whyOf(flags) };
  said(cli, await cli.client().call('createSchedule', { body }));
}

async function update(
  cli: Cli,
  id: string,
  flags: ScheduleFlags & Why & { refresh?: boolean },
): Promise<void> {
  const refreshed = flags.refresh || flags.input !== undefined ? { input: await inputOf(cli, flags) } : {};
  const changes = { ...changesOf(flags), ...refreshed };
  if (Object.keys(changes).length === 0)
    throw new AppError(
      'cli.usage',
      'Say what is to change, for example --daily 05:00; flags of the runs need --refresh.',
    );
  said(
    cli,
    await cli.client().call('updateSchedule', { params: { id }, body: { changes, ...whyOf(flags) } }),
  );
}

const change =
  (verb: 'pause' | 'resume' | 'delete') =>
  async (cli: Cli, id: string, flags: Why): Promise<void> => {
    const options = { params: { id }, body: whyOf(flags) };
    const client = cli.client();
    if (verb !== 'delete')
      return said(cli, await client.call(verb === 'pause' ? 'pauseSchedule' : 'resumeSchedule', options));
    const deleted = await client.call('deleteSchedule', options);
    answer(cli.terminal, deleted, () => `${deleted.id} deleted; its runs stay`);
  };

async function trigger(
  cli: Cli,
  id: string,
  { overlap, ...flags }: Why & { overlap?: string },
): Promise<void> {
  const body = {
    ...(overlap === undefined ? {} : { overlap: overlap as 'allow' }),
    idempotencyKey: randomUUID(),
    ...whyOf(flags),
  };
  const tick = await cli.client().call('triggerSchedule', { params: { id }, body });
  answer(cli.terminal, tick, () => tickText(tick));
}

const tickText = ({ runId, outcome, reason }: ScheduleTick): string =>
  outcome === 'started'
    ? `${runId} ${status(outcome)}: \`trimtab runs watch ${runId}\``
    : `${runId} ${status(outcome)}${reason === null ? '' : `: ${reason}`}`;

interface BackfillFlags extends Why {
  readonly from: string;
  readonly until: string;
  readonly overlap: 'queue' | 'allow';
  readonly limit: string;
  readonly yes?: boolean;
}

async function backfill(
  cli: Cli,
  id: string,
  { from, until, overlap, limit, yes, ...flags }: BackfillFlags,
): Promise<void> {
  const interval = {
    from: instantOf('--from', from),
    until: instantOf('--until', until),
    overlap,
    limit: Number(limit),
  };
  const body = { ...interval, preview: !yes, idempotencyKey: randomUUID(), ...whyOf(flags) };
  const filled = await cli.client().call('backfillSchedule', { params: { id }, body });
  const { times, alreadyRun } = filled;
  answer(cli.terminal, filled, () => {
    const span =
      times.length === 0 ? '' : ` from ${inUtc(times[0] ?? null)} to ${inUtc(times.at(-1) ?? null)} UTC`;
    const done = alreadyRun === 0 ? '' : `; ${alreadyRun} had run already`;
    return yes
      ? `${times.length} runs${span} follow${done}`
      : `would start ${times.length} runs${span}${done}; do it with --yes`;
  });
}

function instantOf(flag: string, text: string): string {
  const time = Date.parse(text);
  if (!Number.isNaN(time)) return new Date(time).toISOString();
  throw new AppError('cli.usage', `${flag} takes a time such as 2026-11-01T00:00:00Z; got "${text}".`);
}

const whyOf = ({ reason }: Why): Why => (reason === undefined ? {} : { reason });

/** What a schedule is after it was changed. */
const said = (cli: Cli, schedule: Schedule): void =>
  answer(cli.terminal, schedule, () => {
    const next = schedule.nextTime === null ? '' : `, next ${inZone(schedule.nextTime, schedule.timeZone)}`;
    return `${schedule.id} ${status(schedule.status)}: ${timesText(schedule)}${next}`;
  });
