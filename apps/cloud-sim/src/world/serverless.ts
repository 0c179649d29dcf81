import { placeIn, regionCode, scopeAt, spread } from './company.js';
import type { Place } from './company.js';
import { DAY, daysAgo, owned, plant } from './draft.js';
import type { Draft } from './draft.js';
import { exempt } from './images.js';
import { nameIn } from './network.js';
import type { Random } from './random.js';
import type { LambdaFunction, LogGroup } from './world.js';

const VERBS = [
  'resize',
  'notify',
  'export',
  'sync',
  'score',
  'validate',
  'index',
  'charge',
  'enrich',
  'route',
];

export function addFunctions(draft: Draft): void {
  const rnd = draft.random.fork('functions');
  spread(44).forEach((scope) => {
    const invocationsPerDay = rnd.whole(20_000, 1_200_000);
    addFunction(draft, rnd, placeIn(rnd, scope), { invocationsPerDay, ageDays: rnd.whole(5, 300) });
  });
  for (let i = 0; i < 5; i += 1) {
    const fn = addFunction(draft, rnd, placeIn(rnd, scopeAt(i)), {
      invocationsPerDay: 0,
      ageDays: rnd.whole(120, 400),
    });
    plant(draft, 'LAM-04', fn.name, fn);
  }
  addFunction(draft, rnd, placeIn(rnd, scopeAt(3)), { invocationsPerDay: 0, ageDays: 6 });
  addFunction(draft, rnd, exempt(placeIn(rnd, scopeAt(0))), { invocationsPerDay: 0, ageDays: 200 });
}

function addFunction(
  draft: Draft,
  rnd: Random,
  place: Place,
  spec: { invocationsPerDay: number; ageDays: number },
) {
  const fn: LambdaFunction = {
    ...owned(place.scope, place.tags),
    name: nameIn(place, `${rnd.pick(VERBS)}-${draft.functions.size}`),
    runtime: rnd.pick(['nodejs22.x', 'nodejs20.x', 'python3.13', 'python3.12']),
    memorySize: rnd.pick([256, 512, 1024, 1536]),
    timeout: rnd.pick([15, 30, 60]),
    architecture: 'arm64',
    codeSize: rnd.whole(200_000, 30_000_000),
    lastModified: daysAgo(draft, rnd, spec.ageDays),
    invocationsPerDay: spec.invocationsPerDay,
    averageDurationMs: rnd.whole(80, 900),
  };
  draft.functions.set(fn.name, fn);
  return fn;
}

export function addLogGroups(draft: Draft): void {
  const rnd = draft.random.fork('log-groups');
  const functions = [...draft.functions.values()].filter((fn) => fn.invocationsPerDay > 0);
  functions.slice(0, 20).forEach((fn) => {
    const place = { ...placeIn(rnd, { ...fn, share: 0 }), tags: { ...fn.tags } };
    addLogGroup(draft, rnd, place, `/aws/lambda/${fn.name}`, { retention: rnd.pick([14, 30, 90]) });
  });
  spread(17).forEach((scope, i) => {
    const place = placeIn(rnd, scope);
    const name = `/app/${nameIn(place, `${i}`)}`;
    addLogGroup(draft, rnd, place, name, { retention: rnd.pick([14, 30, 90]) });
  });
  for (let i = 0; i < 5; i += 1) {
    const place = placeIn(rnd, scopeAt(i));
    const name = `/legacy/${nameIn(place, `${i}`)}`;
    plant(
      draft,
      'CW-01',
      addLogGroup(draft, rnd, place, name, { stored: rnd.between(200, 3000) * 1e9 }).name,
      place.scope,
    );
  }
  const lonely = placeIn(rnd, scopeAt(0));
  addLogGroup(draft, rnd, lonely, `/app/${nameIn(lonely, 'never-written')}`, { stored: 0, incoming: 0 });
  const audit = exempt(placeIn(rnd, scopeAt(2)));
  addLogGroup(draft, rnd, audit, `/audit/${nameIn(audit, 'trail')}`, { stored: 9e11 });
}

interface LogSpec {
  readonly retention?: number;
  readonly stored?: number;
  readonly incoming?: number;
}

function addLogGroup(draft: Draft, rnd: Random, place: Place, name: string, spec: LogSpec): LogGroup {
  const incomingBytesPerDay = spec.incoming ?? rnd.between(1, 12) * 1e9;
  const group: LogGroup = {
    ...owned(place.scope, place.tags),
    name,
    creationTime: daysAgo(draft, rnd, rnd.whole(150, 500)),
    retentionInDays: spec.retention,
    storedBytes: Math.round(spec.stored ?? incomingBytesPerDay * (spec.retention ?? 30) * 0.15),
    incomingBytesPerDay,
  };
  draft.logGroups.set(name, group);
  return group;
}

/** The debug logging that someone switched on: a development group of us-east-1, which the level shift grows. */
export function addNoisyLogGroup(draft: Draft, from: number, extraBytesPerDay: number): LogGroup {
  const rnd = draft.random.fork('noisy-log-group');
  const place = placeIn(rnd, scopeAt(3));
  const name = `/app/gateway-${place.env}-${regionCode(place.scope.region)}-debug`;
  const group: LogGroup = {
    ...owned(place.scope, place.tags),
    name,
    creationTime: from - 200 * DAY,
    retentionInDays: 14,
    storedBytes: Math.round(extraBytesPerDay * 0.6),
    incomingBytesPerDay: 4e9,
    incomingShift: { from, extraBytesPerDay },
  };
  draft.logGroups.set(name, group);
  return group;
}
