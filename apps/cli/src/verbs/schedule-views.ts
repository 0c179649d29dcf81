import { schedulePresets } from '@trimtab/contracts';
import type { Schedule, ScheduleDetail } from '@trimtab/contracts';
import type { Cli } from '../context.js';
import { status, when } from '../output/format.js';
import { inUtc, inZone, rulesText, timesText } from '../output/schedule.js';
import { table } from '../output/table.js';
import { answer, paint } from '../output/terminal.js';

export async function listSchedules(cli: Cli, query: { status?: string }): Promise<void> {
  const { items } = await cli.client().call('listSchedules', { query: query as { status?: 'active' } });
  answer(cli.terminal, items, () => [listText(items), ...offText(items)].join('\n'));
}

const listText = (items: readonly Schedule[]): string =>
  table(
    items,
    [
      { title: 'SCHEDULE', value: (one) => one.id },
      { title: 'STATUS', value: (one) => status(one.status) },
      { title: 'WHEN', value: (one) => timesText(one) },
      { title: 'NEXT (ITS ZONE)', value: (one) => inZone(one.nextTime, one.timeZone) },
      { title: 'NEXT (UTC)', value: (one) => inUtc(one.nextTime) },
      {
        title: 'LAST',
        value: (one) =>
          one.lastTick ? `${inUtc(one.lastTick.nominalTime)} ${status(one.lastTick.outcome)}` : '–',
      },
      { title: 'OPEN', value: (one) => String(one.openRuns + one.queued), align: 'right' },
    ],
    'No schedules yet.',
  );

function offText(items: readonly Schedule[]): string[] {
  const off = Object.keys(schedulePresets).filter((name) => !items.some(({ id }) => id === name));
  if (off.length === 0) return [];
  return ['', paint.dim(`switched off: ${off.join(', ')}; \`trimtab schedules enable NAME\` starts one`)];
}

export async function showSchedule(
  cli: Cli,
  id: string,
  query: { times: string; ticks: string },
): Promise<void> {
  const detail = await cli.client().call('showSchedule', { params: { id }, query });
  answer(cli.terminal, detail, () => detailText(detail));
}

function detailText({ schedule, nextTimes, ticks }: ScheduleDetail): string {
  const { id, description, workflow, changedBy, changedAt, reason, timeZone } = schedule;
  const changed = `${when(changedAt)} UTC by ${changedBy}${reason === null ? '' : `: ${reason}`}`;
  const facts = { runs: workflow, when: timesText(schedule), rules: rulesText(schedule as never), changed };
  return [
    `${paint.bold(id)} ${status(schedule.status)} ${paint.dim(description)}`,
    ...Object.entries(facts).map(([name, value]) => `  ${name.padEnd(8)} ${value}`),
    '',
    table(
      nextTimes,
      [
        { title: `NEXT (${timeZone})`, value: (time) => inZone(time, timeZone) },
        ...(timeZone === 'UTC' ? [] : [{ title: 'NEXT (UTC)', value: inUtc }]),
      ],
      schedule.status === 'paused' ? 'Paused: nothing is next.' : 'Nothing is next.',
    ),
    '',
    table(
      ticks,
      [
        { title: 'FOR (UTC)', value: (tick) => inUtc(tick.nominalTime) },
        { title: 'KIND', value: (tick) => tick.kind },
        { title: 'OUTCOME', value: (tick) => status(tick.outcome) },
        { title: 'RUN', value: (tick) => (tick.startedAt === null ? '–' : tick.runId) },
        { title: 'WHY', value: (tick) => tick.reason ?? '' },
      ],
      'It has not run yet.',
    ),
  ].join('\n');
}

export async function listPresets(cli: Cli): Promise<void> {
  const rows = Object.entries(schedulePresets).map(([name, preset]) => ({ name, ...preset }));
  answer(cli.terminal, rows, () =>
    table(
      rows,
      [
        { title: 'PRESET', value: (one) => one.name },
        { title: 'WHEN', value: (one) => timesText(one) },
        { title: 'RULES', value: (one) => rulesText(one) },
        { title: 'WHAT', value: (one) => one.description },
      ],
      '',
    ),
  );
}
