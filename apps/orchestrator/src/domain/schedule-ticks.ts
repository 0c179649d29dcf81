import type { CatchUp, Overlap, ScheduleSettings } from '@trimtab/contracts';
import { startOf } from './schedule-times.js';
import type { NominalTimes } from './schedule-times.js';

/** A tick that starts within this time is on time; a later one was missed, and the rule of catching up decides. */
export const ON_TIME_MS = 60_000;
/** Times looked at in one decision, and runs started by one: the rest is decided right after. */
const LOOK_AT = 1_000;
const START_AT_ONCE = 100;

export interface DueSchedule {
  /** Makes the jitter of this schedule its own. */
  readonly key: string;
  readonly settings: Pick<ScheduleSettings, 'catchUp' | 'overlap' | 'queueLimit' | 'jitter'>;
  readonly times: NominalTimes;
  /** Every nominal time up to here is decided. */
  readonly decidedUntil: Date;
  /** Runs of the schedule that go on, and ticks that wait for them. */
  readonly open: number;
  readonly queued: number;
}

export interface TickDecision {
  readonly nominal: Date;
  readonly outcome: 'starting' | 'queued' | 'skipped';
  readonly reason: string | null;
}

export interface Decided {
  /** In the order of their nominal times; each time once. */
  readonly ticks: readonly TickDecision[];
  /** What waits in the queue already has been overtaken and must not run. */
  readonly supersedes: boolean;
  readonly decidedUntil: Date;
}

/** What happens to the nominal times that are due: each is decided once, for `decidedUntil` only grows. */
export function decideTicks(schedule: DueSchedule, now: Date): Decided {
  const { times, decidedUntil, key, settings } = schedule;
  const due: DueTime[] = [];
  for (let next = times.next(decidedUntil); next && due.length < LOOK_AT; next = times.next(next)) {
    const start = startOf(times, next, key, settings.jitter);
    if (start > now) break;
    due.push({ nominal: next, missed: now.getTime() - start.getTime() > ON_TIME_MS });
  }
  const wanted = settled(due, settings.catchUp);
  return overlapping(schedule, wanted);
}

interface DueTime {
  readonly nominal: Date;
  readonly missed: boolean;
}

interface Wanted {
  readonly nominal: Date;
  /** Why it does not run, or null. */
  readonly not: string | null;
}

/** The rule of catching up. When there is more than was looked at, the newest of it may still be wanted and waits. */
function settled(due: readonly DueTime[], catchUp: CatchUp): Wanted[] {
  const keep = newestKept(due, catchUp);
  const wanted = due.map(({ nominal, missed }, i) => {
    const not = missed && due.length - i > keep ? 'missed: nobody was there to start it' : null;
    return { nominal, not };
  });
  return due.length === LOOK_AT && catchUp !== 'all' ? wanted.filter(({ not }) => not !== null) : wanted;
}

function newestKept(due: readonly DueTime[], catchUp: CatchUp): number {
  if (typeof catchUp === 'object') return catchUp.atMost;
  switch (catchUp) {
    case 'skip':
      return 0;
    case 'one':
      return 1;
    case 'all':
      return due.length;
  }
}

/** The rule of overlapping; under `queue` what has no room stays undecided until it has. */
function overlapping(schedule: DueSchedule, wanted: readonly Wanted[]): Decided {
  const { overlap } = schedule.settings;
  const newest = wanted.findLast(({ not }) => not === null);
  const ticks: TickDecision[] = [];
  const at: Place = { ...schedule.settings, open: schedule.open, queued: schedule.queued, newest: false };
  for (const one of wanted) {
    at.newest = one === newest;
    const tick = one.not === null ? PLACES[overlap](at) : skipped(one.not);
    const begun = at.open + at.queued - schedule.open - schedule.queued;
    if (tick === 'wait' || begun === START_AT_ONCE) break;
    ticks.push({ nominal: one.nominal, ...tick });
    if (tick.outcome === 'starting') at.open += 1;
    if (tick.outcome === 'queued') at.queued += 1;
  }
  const supersedes = overlap === 'cancel-previous' && newest !== undefined;
  return { ticks, supersedes, decidedUntil: ticks.at(-1)?.nominal ?? schedule.decidedUntil };
}

interface Place {
  readonly queueLimit: number;
  open: number;
  queued: number;
  /** No later time is decided now that runs. */
  newest: boolean;
}

type Fate = Omit<TickDecision, 'nominal'>;

const STARTING: Fate = { outcome: 'starting', reason: null };
const skipped = (reason: string): Fate => ({ outcome: 'skipped', reason });

const PLACES: Readonly<Record<Overlap, (at: Place) => Fate | 'wait'>> = {
  allow: () => STARTING,
  skip: ({ open, queued }) =>
    open + queued === 0 ? STARTING : skipped('overlap: the run before is still going'),
  queue: ({ open, queued, queueLimit }) => {
    if (open + queued === 0) return STARTING;
    return queued < queueLimit ? { outcome: 'queued', reason: 'waits for the run before' } : 'wait';
  },
  'cancel-previous': ({ open, newest }) => {
    if (!newest) return skipped('overtaken by a later time');
    return open === 0 ? STARTING : { outcome: 'queued', reason: 'cancels the run before' };
  },
};

/** What becomes of a run that a person asks for now, under the same rules. Undefined: the queue is full. */
export function placeNow(
  overlap: Overlap,
  at: { readonly open: number; readonly queued: number; readonly queueLimit: number },
): Fate | undefined {
  const fate = PLACES[overlap]({ ...at, newest: true });
  return fate === 'wait' ? undefined : fate;
}
