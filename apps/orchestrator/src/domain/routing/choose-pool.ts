import type { RoutingPolicy } from '@trimtab/contracts';
import type { Json } from '@trimtab/kernel';
import type { Policy } from './policies.js';
import { poolKey } from './worker-pools.js';
import type { WorkerPool } from './worker-pools.js';

/** What choices before mean for the next ones; owned by the caller and changed in place. */
export interface Counters {
  /** Choices so far, by policy. */
  readonly turns: Map<string, number>;
  /** Credit of each pool, by policy and pool. */
  readonly credits: Map<string, number>;
  /** Pool that a policy chose last, by policy. */
  readonly last: Map<string, string>;
  /** Tasks sent since the directory was last refreshed, by pool: measurements do not know of them yet. */
  readonly sent: Map<string, number>;
}

export const newCounters = (): Counters => ({
  turns: new Map(),
  credits: new Map(),
  last: new Map(),
  sent: new Map(),
});

/** A pool with the name by which a policy knows it; of one task type no two services share a pool. */
export interface Candidate {
  readonly name: string;
  readonly pool: WorkerPool;
}

export interface Choice {
  readonly candidate: Candidate;
  readonly reason: string;
}

/** Healthy candidates in the policy's order; `passedOver`: names before the first that had nobody healthy. */
export interface Field {
  readonly candidates: readonly [Candidate, ...Candidate[]];
  readonly passedOver: readonly string[];
  /** What a rule may read. */
  readonly variables: () => Readonly<Record<string, unknown>>;
}

/** Another pool must be so much faster to be worth a change: latencies about the same never make tasks flap. */
const MARGIN = 0.1;

/** Chooses by the policy's algorithm. Throws when its rule fails or gives no pool that can be chosen. */
export function choosePool(policy: Policy, field: Field, counters: Counters): Choice {
  const choice = algorithms[policy.settings.algorithm](policy, field, counters);
  const { name, settings } = policy;
  counters.last.set(name, choice.candidate.name);
  return { ...choice, reason: `${settings.algorithm}: ${choice.reason}` };
}

type Algorithm = (policy: Policy, field: Field, counters: Counters) => Choice;

const algorithms: { readonly [algorithm in RoutingPolicy['algorithm']]: Algorithm } = {
  failover: (_, { candidates: [candidate], passedOver }) => ({
    candidate,
    reason:
      passedOver.length === 0
        ? `${candidate.name} is first`
        : `${passedOver.join(', ')} ${passedOver.length === 1 ? 'has' : 'have'} no healthy worker, ${candidate.name} is next`,
  }),
  'round-robin': ({ name }, { candidates }, { turns }) => {
    const turn = turns.get(name) ?? 0;
    turns.set(name, turn + 1);
    const candidate = at(candidates, turn % candidates.length);
    return { candidate, reason: `${candidate.name} is next of ${candidates.length}` };
  },
  'least-loaded': (_, { candidates }, counters) => {
    const candidate = least(candidates, ({ pool }) => occupation(pool, counters));
    const share = Math.round(occupation(candidate.pool, counters) * 100);
    return { candidate, reason: `${candidate.name} has the least to do (${share} % of what it takes)` };
  },
  'lowest-latency': lowestLatency,
  weighted,
  custom,
};

/** What is under way, waits or was just sent, as a share of what the pool takes at the same time. */
const occupation = (pool: WorkerPool, { sent }: Counters): number =>
  (pool.inFlight + pool.lag + sentTo(pool, sent)) / Math.max(1, pool.capacity);

const sentTo = ({ service, pool }: WorkerPool, sent: Counters['sent']): number =>
  sent.get(poolKey(service, pool)) ?? 0;

/** A pool that nobody has measured gets one task per refresh, so that it is. */
function lowestLatency({ name }: Policy, { candidates }: Field, { last, sent }: Counters): Choice {
  const unknown = candidates.find(
    ({ pool }) => pool.latencyMs === undefined && pool.inFlight === 0 && sentTo(pool, sent) === 0,
  );
  if (unknown) return { candidate: unknown, reason: `${unknown.name} is not measured yet` };
  const latency = ({ pool }: Candidate): number => pool.latencyMs ?? Infinity;
  const best = least(candidates, latency);
  const kept = candidates.find((one) => one.name === last.get(name));
  const candidate = kept && latency(kept) * (1 - MARGIN) <= latency(best) ? kept : best;
  const took = latency(candidate);
  const how = took === Infinity ? 'nothing is measured yet' : `${Math.round(took)} ms on average`;
  return { candidate, reason: `${candidate.name}, ${how}` };
}

/** Smooth weighted round robin: every pool earns its weight, the richest is chosen and pays the sum of all. */
function weighted({ name, settings }: Policy, { candidates }: Field, { credits }: Counters): Choice {
  const weights = settings.weights ?? {};
  const weightOf = (one: Candidate): number => weights[one.name] ?? 0;
  const total = candidates.reduce((sum, one) => sum + weightOf(one), 0);
  if (total === 0) throw new Error('none of the healthy pools has a weight');
  const credit = (one: Candidate): number => credits.get(`${name}/${one.name}`) ?? 0;
  for (const one of candidates) credits.set(`${name}/${one.name}`, credit(one) + weightOf(one));
  const candidate = least(
    candidates.filter((one) => weightOf(one) > 0),
    (one) => -credit(one),
  );
  credits.set(`${name}/${candidate.name}`, credit(candidate) - total);
  const share = Math.round((weightOf(candidate) / total) * 100);
  return { candidate, reason: `${candidate.name} takes ${share} %` };
}

function custom({ rule }: Policy, { candidates, variables }: Field): Choice {
  if (!rule) throw new Error('its rule could not be parsed');
  const wanted: Json = rule(variables());
  const candidate = candidates.find(({ name }) => name === wanted);
  if (candidate) return { candidate, reason: `its rule gives ${candidate.name}` };
  const known = candidates.map(({ name }) => name).join(', ');
  throw new Error(`its rule gives ${JSON.stringify(wanted)}, which is none of the healthy pools (${known})`);
}

const at = <T>(list: readonly [T, ...T[]], index: number): T => list[index] ?? list[0];

/** The first of those with the smallest value. */
function least(candidates: readonly Candidate[], value: (one: Candidate) => number): Candidate {
  const [first, ...others] = candidates as readonly [Candidate, ...Candidate[]];
  return others.reduce((best, one) => (value(one) < value(best) ? one : best), first);
}
