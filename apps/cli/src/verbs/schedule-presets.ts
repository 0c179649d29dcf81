import { randomUUID } from 'node:crypto';
import type { TrimtabClient } from '@trimtab/client';
import { NOMINAL_TIME, runSettings, schedulePresets } from '@trimtab/contracts';
import type { Schedule, ScheduleChanges, ScheduleEntry } from '@trimtab/contracts';
import { AppError } from '@trimtab/kernel';
import type { Cli } from '../context.js';
import { status } from '../output/format.js';
import { inZone, timesText } from '../output/schedule.js';
import { table } from '../output/table.js';
import { answer } from '../output/terminal.js';
import { changesOf, inputOf } from './schedule-flags.js';
import type { ScheduleFlags } from './schedule-flags.js';

interface Why {
  readonly reason?: string;
}

/** Switches a preset on: made with the configuration as it is now, or resumed when it is there. */
export async function enable(cli: Cli, name: string, flags: ScheduleFlags & Why): Promise<void> {
  const preset = schedulePresets[name];
  if (!preset) {
    const known = Object.keys(schedulePresets).join(', ');
    throw new AppError('cli.usage', `There is no preset "${name}"; known are ${known}.`);
  }
  const { scanOnly, ...settings } = { ...preset, ...changesOf(flags) };
  const input = await inputOf(cli, { ...flags, scanOnly: flags.scanOnly ?? scanOnly });
  const enabled = await put(cli.client(), name, { ...settings, input }, true, flags.reason);
  answer(cli.terminal, enabled, () => `${name} ${status(enabled.status)}: ${nextText(enabled)}`);
}

/** Makes the schedules of the configuration file what it says; others are left alone. */
export async function apply(cli: Cli, { reason }: Why): Promise<void> {
  const applied = await applySchedules(cli, cli.client(), reason);
  answer(cli.terminal, applied, () =>
    table(
      applied,
      [
        { title: 'SCHEDULE', value: (one) => one.id },
        { title: 'STATUS', value: (one) => status(one.status) },
        { title: 'WHEN', value: nextText },
      ],
      'The configuration names no schedules to switch on.',
    ),
  );
}

export async function applySchedules(cli: Cli, client: TrimtabClient, reason?: string): Promise<Schedule[]> {
  const { config } = cli.config();
  const settings = runSettings(config);
  // A file alone never changes an account: live schedules are made by `add` or `enable` with --live.
  const safe = { ...settings, execution: { ...settings.execution, mode: 'dry-run' } };
  const applied: Schedule[] = [];
  for (const [id, entry] of Object.entries(config.schedules)) {
    const { enabled, scanOnly, changes } = partsOf(id, entry);
    const own = { settings: safe, scanOnly, asOf: NOMINAL_TIME };
    const input = changes.input ?? ((changes.workflow ?? 'optimize') === 'optimize' ? own : {});
    if (!enabled && !(await known(client, id))) continue;
    applied.push(
      await put(client, id, { ...changes, input }, enabled, reason ?? 'as the configuration file says'),
    );
  }
  return applied;
}

/** An entry with what its preset says. */
function partsOf(
  id: string,
  { enabled, scanOnly, ...entry }: ScheduleEntry,
): { enabled: boolean; scanOnly: boolean; changes: ScheduleChanges } {
  const { scanOnly: presetScan = false, ...preset } = schedulePresets[id] ?? {};
  return { enabled, scanOnly: scanOnly ?? presetScan, changes: { ...preset, ...entry } };
}

/** A schedule with these settings, made or changed; running or paused. */
async function put(
  client: TrimtabClient,
  id: string,
  { times, ...rest }: ScheduleChanges,
  running: boolean,
  reason: string | undefined,
): Promise<Schedule> {
  const why = { idempotencyKey: randomUUID(), ...(reason === undefined ? {} : { reason }) };
  const changes = { ...rest, ...(times && { times }) };
  const before = await known(client, id);
  if (!before) {
    if (times === undefined) throw new AppError('cli.usage', `Say when schedule "${id}" runs.`);
    return client.call('createSchedule', {
      body: { id, settings: { ...rest, times }, paused: !running, ...why },
    });
  }
  const params = { id };
  const updated = await client.call('updateSchedule', { params, body: { changes, ...why } });
  if (running === (updated.status === 'active')) return updated;
  return client.call(running ? 'resumeSchedule' : 'pauseSchedule', { params, body: why });
}

const known = (client: TrimtabClient, id: string): Promise<unknown> =>
  client.call('showSchedule', { params: { id }, query: { times: 0, ticks: 0 } }).catch((error: unknown) => {
    if (error instanceof AppError && error.code === 'schedule.unknown') return undefined;
    throw error;
  });

const nextText = (schedule: Schedule): string => {
  const next = schedule.nextTime === null ? '' : `, next ${inZone(schedule.nextTime, schedule.timeZone)}`;
  return `${timesText(schedule)}${next}`;
};
