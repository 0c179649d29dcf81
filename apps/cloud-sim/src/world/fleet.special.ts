import { placeIn, scopeAt } from './company.js';
import type { Place } from './company.js';
import { DAY, plant } from './draft.js';
import type { Draft } from './draft.js';
import { hot, light, steady } from './fleet.js';
import { exempt } from './images.js';
import { addInstance } from './instances.js';
import type { InstanceSpec } from './instances.js';
import type { Random } from './random.js';
import type { UsageProfile } from './world.js';

/** Under 3 % CPU and about 1 MB a day. */
const IDLE: UsageProfile = {
  base: 0.006,
  peak: 0.016,
  daily: true,
  weekly: false,
  noise: 0.004,
  networkPeak: 9,
};

const low = (rnd: Random): UsageProfile => ({
  ...steady(rnd),
  base: 0.08,
  peak: rnd.between(0.2, 0.26),
  networkPeak: 1e6,
  memory: { base: 0.18, peak: 0.27 },
});

type Make = (rnd: Random) => Omit<InstanceSpec, 'place'>;
type Case = readonly [check: string, name: string, make: Make];

const WASTE: readonly Case[] = [
  ...['m5.xlarge', 'c5.2xlarge', 'r5.large', 't3.large', 'm6i.xlarge'].map(idle),
  ...['m5.2xlarge', 'm6i.2xlarge', 'r5.2xlarge', 'm5.4xlarge'].map(oversized),
  [
    'EC2-04',
    'batch-oversized',
    (rnd) => ({ type: 'c5.4xlarge', ageDays: 210, usage: withoutMemory(low(rnd)) }),
  ],
  ...['m5.large', 'c5.xlarge', 'r5.xlarge'].map(stopped),
  ...['m4.large', 'c4.xlarge', 'r4.large', 'm4.xlarge'].map(previous),
  ['EC2-07', 'legacy-t2', (rnd) => ({ type: 't2.large', ageDays: 700, usage: light2(rnd) })],
];

function idle(type: string): Case {
  return ['EC2-01', `idle-${type}`, (rnd) => ({ type, ageDays: rnd.whole(90, 300), usage: IDLE })];
}

function oversized(type: string): Case {
  return ['EC2-04', `big-${type}`, (rnd) => ({ type, ageDays: rnd.whole(90, 300), usage: low(rnd) })];
}

function stopped(type: string): Case {
  const make: Make = (rnd) => ({
    type,
    ageDays: 320,
    usage: steady(rnd),
    stoppedDaysAgo: rnd.whole(40, 80),
    dataVolumeGiB: 300,
  });
  return ['EC2-05', `parked-${type}`, make];
}

function previous(type: string): Case {
  const make: Make = (rnd) => ({
    type,
    ageDays: rnd.whole(500, 900),
    usage: { ...hot(rnd), memory: { base: 0.58, peak: 0.7 } },
  });
  return ['EC2-07', `legacy-${type}`, make];
}

const withoutMemory = (usage: UsageProfile): UsageProfile => ({ ...usage, memory: undefined });
const light2 = (rnd: Random): UsageProfile => ({ ...light(rnd), memory: { base: 0.58, peak: 0.7 } });

/** Machines that look wasteful and must not be reported, each for one reason. */
const LOOKALIKES: readonly (readonly [
  string,
  (draft: Draft, place: Place) => Omit<InstanceSpec, 'place'>,
])[] = [
  ['exempt-idle', () => ({ type: 'm5.large', ageDays: 150, usage: IDLE })],
  ['young-idle', () => ({ type: 'm5.xlarge', ageDays: 3, usage: IDLE })],
  ['standby-a', (_draft, place) => ({ type: 'c5.large', ageDays: 120, usage: IDLE, tags: standby(place) })],
  ['standby-b', (_draft, place) => ({ type: 'c5.large', ageDays: 120, usage: IDLE, tags: standby(place) })],
  [
    'mute',
    (draft) => ({ type: 'm5.large', ageDays: 200, usage: { ...IDLE, reportsFrom: draft.now - 0.8 * DAY } }),
  ],
  ['weekly-job', () => ({ type: 'm5.xlarge', ageDays: 200, usage: WEEKLY })],
  ['parked-lately', () => ({ type: 'm5.large', ageDays: 200, usage: IDLE, stoppedDaysAgo: 6 })],
];

const WEEKLY: UsageProfile = {
  ...IDLE,
  memory: { base: 0.6, peak: 0.7 },
  weeklyJob: { weekday: 0, hour: 1, hours: 8, level: 0.92 },
};

const standby = (place: Place) => ({
  'aws:autoscaling:groupName': `${place.service.service}-${place.env}-standby-asg`,
});

export function addSpecialInstances(draft: Draft): void {
  const rnd = draft.random.fork('special-instances');
  WASTE.forEach(([check, name, make], index) => {
    const place = placeIn(rnd, scopeAt(index));
    const instance = addInstance(draft, rnd, { place, tags: { Name: name }, ...make(rnd) });
    plant(draft, check, instance.id, place.scope);
  });
  LOOKALIKES.forEach(([name, make], index) => {
    const place = placeIn(rnd, scopeAt(index));
    const chosen = name.startsWith('exempt') ? exempt(place) : place;
    const spec = make(draft, chosen);
    addInstance(draft, rnd, { ...spec, place: chosen, tags: { ...spec.tags, Name: name } });
  });
}
