import { parseDuration } from '@trimtab/kernel';
import { Cron } from 'croner';
import { z } from 'zod';
import { OptimizeInput } from '../tasks/optimize.js';
import { ErrorInfoSchema, Instant } from './common.js';

/** Name of a schedule, for example `nightly-scan`. */
export const ScheduleId = z
  .string()
  .regex(/^[a-z0-9][a-z0-9-]{0,62}$/, 'must be lower-case letters, digits and dashes, at most 63');

const SHORTEST_MS = 10_000;
const Duration = z
  .string()
  .refine((text) => parseDuration(text) !== undefined, 'must be a duration such as 90s, 30m, 6h or 1d');
const Interval = Duration.refine((text) => (parseDuration(text) ?? SHORTEST_MS) >= SHORTEST_MS, {
  error: 'must be at least 10s',
  abort: true,
});
const WallTime = z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'must be a time such as 06:30');
export const Weekday = z.enum(['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun']);
export type Weekday = z.infer<typeof Weekday>;

const CronExpression = z.string().superRefine((expression, context) => {
  const message = cronProblem(expression);
  if (message !== undefined) context.addIssue({ code: 'custom', message });
});

/** When a schedule fires, in its time zone; what happens when clocks change is in docs/how-to/schedule-runs.md. */
export const ScheduleTimes = z.discriminatedUnion('kind', [
  /** Every so often, counted from 1970-01-01T00:00Z: `30m` fires at :00 and :30. */
  z.strictObject({ kind: z.literal('interval'), every: Interval }),
  z.strictObject({ kind: z.literal('daily'), at: WallTime }),
  z.strictObject({ kind: z.literal('weekly'), on: z.array(Weekday).min(1), at: WallTime }),
  /** A day that a month does not have is its last day. */
  z.strictObject({
    kind: z.literal('monthly'),
    day: z.union([z.int().min(1).max(31), z.literal('last')]),
    at: WallTime,
  }),
  /** Five fields: minute, hour, day of month, month, day of week. */
  z.strictObject({ kind: z.literal('cron'), expression: CronExpression }),
]);
export type ScheduleTimes = z.infer<typeof ScheduleTimes>;

/** IANA time zone. */
export const TimeZone = z.string().refine(isTimeZone, 'must be an IANA time zone such as Europe/Berlin');

/** What happens to times that passed while nobody looked: none of them run, the newest, all, or the newest few. */
export const CatchUp = z.union(
  [z.enum(['skip', 'one', 'all']), z.strictObject({ atMost: z.int().min(1).max(100) })],
  'must be skip, one, all, or at most how many of the newest (1 to 100)',
);
export type CatchUp = z.infer<typeof CatchUp>;

/** What happens when a time comes while a run of the schedule is still going. */
export const Overlap = z.enum(['allow', 'skip', 'queue', 'cancel-previous']);
export type Overlap = z.infer<typeof Overlap>;

const fields = {
  description: z.string(),
  times: ScheduleTimes,
  timeZone: TimeZone,
  workflow: z.string().min(1),
  /** Input of the runs; the text `${ schedule.nominalTime }` in it becomes the time that the run is for. */
  input: z.unknown(),
  labels: z.record(z.string(), z.string()),
  catchUp: CatchUp,
  overlap: Overlap,
  /** Runs that may wait under the overlap `queue`; the times after them are decided when there is room. */
  queueLimit: z.int().min(1).max(100),
  /** Each run starts up to this much later, by an amount that is always the same for the same time. */
  jitter: Duration,
};

/** The text in a schedule's input that stands for the time that a run is for. */
export const NOMINAL_TIME = '${ schedule.nominalTime }';

/** What runs when, and what happens when it did not or still does. */
export const ScheduleSettings = z
  .strictObject({
    ...fields,
    description: fields.description.default(''),
    timeZone: fields.timeZone.default('UTC'),
    workflow: fields.workflow.default('optimize'),
    input: fields.input.default({}),
    labels: fields.labels.default({}),
    catchUp: fields.catchUp.default('one'),
    overlap: fields.overlap.default('skip'),
    queueLimit: fields.queueLimit.default(10),
    jitter: fields.jitter.default('0s'),
  })
  .superRefine((settings, context) => inputProblems(settings).forEach((issue) => context.addIssue(issue)), {
    // Whatever else is wrong: every problem is told at once.
    when: () => true,
  });
export type ScheduleSettings = z.infer<typeof ScheduleSettings>;

/** Settings that are to be others. */
export const ScheduleChanges = z.strictObject(fields).partial();
export type ScheduleChanges = z.infer<typeof ScheduleChanges>;

/** One nominal time of a schedule, or one run that a person asked for, and what became of it. */
export const ScheduleTick = z.object({
  scheduleId: z.string(),
  /** The time that the run is for; it may start later. */
  nominalTime: Instant,
  kind: z.enum(['scheduled', 'trigger', 'backfill']),
  /** `starting` is decided and durable, the run follows. */
  outcome: z.enum(['starting', 'queued', 'started', 'skipped', 'failed']),
  reason: z.string().nullable(),
  runId: z.string(),
  error: ErrorInfoSchema.nullable(),
  decidedAt: Instant,
  startedAt: Instant.nullable(),
});
export type ScheduleTick = z.infer<typeof ScheduleTick>;

export const Schedule = z.object({
  id: z.string(),
  ...fields,
  status: z.enum(['active', 'paused']),
  /** The next nominal time and when its run starts (with jitter); null while paused. */
  nextTime: Instant.nullable(),
  nextStart: Instant.nullable(),
  lastTick: ScheduleTick.nullable(),
  /** Runs that go on, and ticks that wait for them. */
  openRuns: z.int(),
  queued: z.int(),
  createdAt: Instant,
  createdBy: z.string(),
  changedAt: Instant,
  changedBy: z.string(),
  /** Reason of the last change. */
  reason: z.string().nullable(),
});
export type Schedule = z.infer<typeof Schedule>;

export const ScheduleDetail = z.object({
  schedule: Schedule,
  /** The nominal times to come; none while paused. */
  nextTimes: z.array(Instant),
  /** Newest first; old ones are forgotten. */
  ticks: z.array(ScheduleTick),
});
export type ScheduleDetail = z.infer<typeof ScheduleDetail>;

/** Runs of a past interval, and of its times those that had one already. */
export const Backfill = z.object({
  preview: z.boolean(),
  times: z.array(Instant),
  alreadyRun: z.int(),
});
export type Backfill = z.infer<typeof Backfill>;

function isTimeZone(name: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone !== '';
  } catch {
    return false;
  }
}

/** Any time serves: a pattern that does not fire within years after it never does. */
const SOME_TIME = new Date(0);

function cronProblem(expression: string): string | undefined {
  try {
    const next = new Cron(expression, { mode: '5-part', timezone: 'UTC', paused: true }).nextRun(SOME_TIME);
    return next ? undefined : 'must name a time that exists';
  } catch (error) {
    return `must be a cron expression of five fields: ${(error as Error).message.replace(/^\w+: /, '')}`;
  }
}

/** The problems of an input whose shape is known, as they would stop its run. */
function inputProblems(
  settings: Partial<ScheduleSettings> | null,
): { code: 'custom'; path: PropertyKey[]; message: string }[] {
  const { workflow, input } = settings ?? {};
  if (workflow !== undefined && workflow !== 'optimize') return [];
  const issues = OptimizeInput.safeParse(inputAt(input, SOME_TIME.toISOString())).error?.issues ?? [];
  return issues.map(({ path, message }) => ({ code: 'custom', path: ['input', ...path], message }));
}

/** The input of the run for a nominal time. */
export function inputAt(input: unknown, nominalTime: string): unknown {
  if (typeof input === 'string') return input.replaceAll(NOMINAL_TIME, nominalTime);
  if (Array.isArray(input)) return input.map((item) => inputAt(item, nominalTime));
  if (typeof input !== 'object' || input === null) return input;
  return Object.fromEntries(Object.entries(input).map(([key, item]) => [key, inputAt(item, nominalTime)]));
}
