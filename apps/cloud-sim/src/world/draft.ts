import { DEVELOPMENT, PRODUCTION, REGIONS } from './company.js';
import type { Scope } from './company.js';
import { instanceTypes } from './instance-types.js';
import { buildPrices } from './prices.js';
import { Random } from './random.js';
import type { CostRow, PlantedAnomaly, PlantedTruth, TrailEvent, World } from './world.js';

export const HOUR = 3_600_000;
export const DAY = 24 * HOUR;
export const GIB = 1024 ** 3;

type Waste = PlantedTruth['waste'][number];

/** The world while it is being built: the same maps, with the truth still open. */
export interface Draft extends World {
  readonly random: Random;
  readonly truth: { waste: Waste[]; anomalies: PlantedAnomaly[]; budget: PlantedTruth['budget'] };
  costs: CostRow[];
}

export function openDraft(seed: number, now: number): Draft {
  return {
    seed,
    now,
    random: new Random(seed >>> 0),
    accounts: [PRODUCTION, DEVELOPMENT],
    regions: REGIONS,
    instanceTypes,
    prices: buildPrices(),
    instances: new Map(),
    volumes: new Map(),
    snapshots: new Map(),
    images: new Map(),
    addresses: new Map(),
    databases: new Map(),
    functions: new Map(),
    buckets: new Map(),
    loadBalancers: new Map(),
    targetGroups: new Map(),
    logGroups: new Map(),
    trail: [],
    costs: [],
    truth: { waste: [], anomalies: [], budget: { name: '', monthlyLimitUsd: '0', willExceed: false } },
  };
}

export function plant(draft: Draft, check: string, resourceId: string, scope: Omit<Scope, 'share'>): void {
  draft.truth.waste.push({ check, resourceId, accountId: scope.accountId, region: scope.region });
}

/** Moments look like people's work: minutes inside the day, never a round midnight. */
export const daysAgo = (draft: Draft, rnd: Random, days: number): number =>
  Math.floor((draft.now - days * DAY + rnd.between(0, 0.4) * DAY) / 1000) * 1000;

export function record(draft: Draft, event: Omit<TrailEvent, 'eventId'>): void {
  const rnd = draft.random.fork(`event-${draft.trail.length}`);
  const parts = [8, 4, 4, 4, 12].map((digits) => rnd.hex(digits));
  draft.trail.push({ eventId: parts.join('-'), ...event });
}

export const owned = (scope: Scope, tags: Record<string, string>) => ({
  accountId: scope.accountId,
  region: scope.region,
  tags,
});
