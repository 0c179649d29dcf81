import { z } from 'zod';
import { ScheduleChanges, ScheduleId } from './schedule.js';
import type { ScheduleSettings } from './schedule.js';

/** A schedule that only lacks the settings of its runs. */
export type SchedulePreset = Omit<ScheduleSettings, 'input'> & {
  /** Stop after discovery. */
  readonly scanOnly: boolean;
};

const common = { timeZone: 'UTC', workflow: 'optimize', queueLimit: 10, jitter: '0s' } as const;

/** Schedules that come with Trimtab, switched off until somebody enables them. */
export const schedulePresets: Readonly<Record<string, SchedulePreset>> = {
  'continuous-monitoring': {
    ...common,
    description: 'Scan the inventory every half hour; nothing is planned',
    times: { kind: 'interval', every: '30m' },
    scanOnly: true,
    labels: { preset: 'continuous-monitoring' },
    catchUp: 'skip',
    overlap: 'skip',
  },
  'daily-optimization': {
    ...common,
    description: 'Find waste, anomalies and budgets at risk every morning, and plan what to do',
    times: { kind: 'daily', at: '06:00' },
    scanOnly: false,
    labels: { preset: 'daily-optimization' },
    catchUp: 'one',
    overlap: 'skip',
  },
  'weekly-report': {
    ...common,
    description: 'A full run with its report before the week begins',
    times: { kind: 'weekly', on: ['mon'], at: '07:00' },
    scanOnly: false,
    labels: { preset: 'weekly-report' },
    catchUp: 'one',
    overlap: 'queue',
  },
};

/** A schedule in the configuration file; under the name of a preset it changes that preset. */
const ScheduleEntry = z.strictObject({
  /** A schedule that is not enabled is paused, and not made when it is not there. */
  enabled: z.boolean().default(false),
  scanOnly: z.boolean().optional(),
  ...ScheduleChanges.shape,
});
export type ScheduleEntry = z.infer<typeof ScheduleEntry>;

/** The section `schedules` of the configuration file. */
export const ScheduleEntries = z.record(ScheduleId, ScheduleEntry).superRefine((entries, context) => {
  for (const [id, { times }] of Object.entries(entries)) {
    if (times !== undefined || schedulePresets[id]) continue;
    const message = `says when "${id}" runs; only ${Object.keys(schedulePresets).join(', ')} know it already`;
    context.addIssue({ code: 'custom', path: [id, 'times'], message });
  }
});
