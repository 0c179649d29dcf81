import type { Route, RouteRecord, RouteRequest } from '@trimtab/workflow';
import { choosePool } from './choose-pool.js';
import type { Candidate, Counters } from './choose-pool.js';
import { serviceOf } from './policies.js';
import type { Policies, Policy } from './policies.js';
import { poolKey } from './worker-pools.js';
import type { Directory, WorkerPool } from './worker-pools.js';

/** A pool that a trigger wants tasks of a service to go to. */
export interface Preference {
  readonly trigger: string;
  readonly pool: string;
  readonly reason: string;
}

export interface RouteQuestion extends RouteRequest {
  readonly runId: string;
  readonly workflow: string;
  readonly labels: Readonly<Record<string, string>>;
}

/** Everything that a decision depends on. */
export interface RouteFacts {
  readonly policies: Policies;
  readonly directory: Directory;
  /** Preferences by service. */
  readonly preferences: ReadonlyMap<string, Preference>;
  /** False when the directory was refreshed too long ago to be believed. */
  readonly fresh: boolean;
}

const PLAIN = { to: 'pool', pool: 'default' } as const satisfies Route;
const POOL_NAME = /^[a-z0-9][a-z0-9-]{0,31}$/;

type Violation = NonNullable<RouteRecord['violation']>;
type Chosen = { readonly candidate: Candidate; readonly policy: string; readonly reason: string };

/**
 * Where an attempt goes and why. The order: what the definition's `route` names, a trigger's preference, the policy of
 * the task type, the default policy, the default pool, any pool that offers the type,
 * nobody. The plain default carries no record. `counters` is changed in place.
 */
export function decideRoute(facts: RouteFacts, question: RouteQuestion, counters: Counters): Route {
  const { policies, directory, preferences, fresh } = facts;
  const { uses, wanted } = question;
  const own = serviceOf(uses);
  const named = wanted === undefined ? undefined : policies.named.get(wanted);
  const policy = named ?? policies.of(uses);
  const offers = fresh ? (directory.offers.get(uses) ?? []) : [];
  if (wanted === undefined && !policy && !preferences.has(own) && isPlain(offers)) return PLAIN;
  if (!fresh) return unverified(question, policy, named);
  return decided(facts, { question, own, policy, named, offers }, counters);
}

/** Nobody is known to offer the type, or the default pool does. */
const isPlain = (offers: readonly WorkerPool[]): boolean =>
  offers.length === 0 || offers.some(({ pool }) => pool === 'default');

/** Without a directory a pool is believed and a policy cannot be followed. */
function unverified({ wanted }: RouteQuestion, policy?: Policy, named?: Policy): Route {
  const isPool = wanted !== undefined && !named && POOL_NAME.test(wanted);
  if (isPool) return { to: 'pool', pool: wanted };
  if (!policy && wanted === undefined) return PLAIN;
  const why = named || policy ? 'it is not known which services run' : notAName(wanted);
  const violation = { policy: policy?.name ?? 'route', why };
  return { ...PLAIN, record: { policy: 'default', reason: 'the default pool', violation } };
}

interface Situation {
  readonly question: RouteQuestion;
  readonly own: string;
  readonly policy: Policy | undefined;
  readonly named: Policy | undefined;
  readonly offers: readonly WorkerPool[];
}

function decided(facts: RouteFacts, situation: Situation, counters: Counters): Route {
  const { question, policy } = situation;
  const candidates = situation.offers.map((pool) => ({ name: pool.pool, pool }));
  let violation: Violation | undefined;
  for (const choose of waysToChoose(facts, situation, candidates, counters)) {
    try {
      const chosen = choose();
      if (chosen) return sent(question, chosen, violation, counters);
    } catch (error) {
      violation ??= violationIn(error);
    }
  }
  if (policy?.settings.nobody === 'wait') return { to: 'wait', on: `service:${question.uses}`, violation };
  if (!violation) return PLAIN;
  return { ...PLAIN, record: { policy: 'default', reason: 'the queue of the default pool', violation } };
}

class Violated extends Error {
  constructor(
    readonly policy: string,
    why: string,
  ) {
    super(why);
  }
}

const violationIn = (error: unknown): Violation => ({
  policy: error instanceof Violated ? error.policy : 'route',
  why: error instanceof Error ? error.message : String(error),
});

/** In order; one that does not apply gives nothing, one that cannot be followed throws. */
function waysToChoose(
  { policies, preferences }: RouteFacts,
  { question, own, policy, named }: Situation,
  candidates: readonly Candidate[],
  counters: Counters,
): (() => Chosen | undefined)[] {
  const fallback = policies.fallback === policy ? undefined : policies.fallback;
  return [
    () => (named ? undefined : wantedPool(question, candidates)),
    () => preferred(preferences.get(own), candidates),
    () => policy && follow(policy, question, candidates, counters),
    () => fallback && follow(fallback, question, candidates, counters),
    () => {
      const candidate = candidates.find(({ name }) => name === 'default');
      return candidate && { candidate, policy: 'default', reason: 'the default pool' };
    },
    () => {
      const [candidate] = candidates;
      const reason = `nobody in the default pool offers ${question.uses}, ${candidate?.name} does`;
      return candidate && { candidate, policy: 'discovery', reason };
    },
  ];
}

function wantedPool({ wanted, uses }: RouteQuestion, candidates: readonly Candidate[]): Chosen | undefined {
  if (wanted === undefined) return undefined;
  if (!POOL_NAME.test(wanted)) throw new Violated('route', notAName(wanted));
  const candidate = candidates.find(({ name }) => name === wanted);
  if (candidate) return { candidate, policy: 'route', reason: `the definition asks for ${wanted}` };
  throw new Violated('route', `${wanted} is no policy, and no pool with a healthy worker for ${uses}`);
}

const notAName = (wanted: string | undefined): string => `"${wanted}" is no name of a pool`;

function preferred(preference: Preference | undefined, candidates: readonly Candidate[]): Chosen | undefined {
  const candidate = preference && named(preference.pool, candidates);
  return candidate && { candidate, policy: preference.trigger, reason: preference.reason };
}

/** By its pool, or by service and pool. */
const named = (name: string, candidates: readonly Candidate[]): Candidate | undefined =>
  candidates.find(({ pool }) => name === pool.pool || name === poolKey(pool.service, pool.pool));

function follow(
  policy: Policy,
  question: RouteQuestion,
  candidates: readonly Candidate[],
  counters: Counters,
): Chosen {
  const { pools, reroute } = policy.settings;
  const wanted = pools ?? candidates.map(({ name }) => name);
  const healthy = wanted.flatMap((name): Candidate[] => {
    const found = named(name, candidates);
    return found ? [{ name, pool: found.pool }] : [];
  });
  const passedOver = wanted.slice(0, healthy[0] ? wanted.indexOf(healthy[0].name) : wanted.length);
  const others = healthy.filter((one) => !reroute || one.pool.pool !== question.failedIn?.pool);
  const [first, ...rest] = others.length > 0 ? others : healthy;
  if (!first) throw new Violated(policy.name, nobodyIn(wanted, question.uses));
  try {
    const variables = (): Readonly<Record<string, unknown>> => variablesOf(question, healthy);
    const field = { candidates: [first, ...rest] as const, passedOver, variables };
    const { candidate, reason } = choosePool(policy, field, counters);
    return { candidate, policy: policy.name, reason };
  } catch (error) {
    throw new Violated(policy.name, error instanceof Error ? error.message : String(error));
  }
}

const nobodyIn = (pools: readonly string[], uses: string): string =>
  pools.length === 0
    ? `no pool has a healthy worker for ${uses}`
    : `${pools.join(', ')}: no healthy worker for ${uses}`;

/** What a rule reads; numbers as CEL has them. */
function variablesOf(question: RouteQuestion, candidates: readonly Candidate[]): Record<string, unknown> {
  const { task, uses, attempt, runId, workflow, labels, failedIn } = question;
  return {
    task: { id: task, type: uses, attempt, failedIn: failedIn?.pool ?? '' },
    run: { id: runId, workflow, labels },
    pools: candidates.map(({ name, pool }) => ({
      name,
      service: pool.service,
      workers: pool.workers,
      load: pool.load,
      lag: pool.lag,
      latencyMs: pool.latencyMs ?? 0,
      errorRate: pool.errorRate,
    })),
  };
}

function sent(
  { failedIn }: RouteQuestion,
  chosen: Chosen,
  violation: Violation | undefined,
  { sent: counted }: Counters,
): Route {
  const { service, pool } = chosen.candidate.pool;
  const key = poolKey(service, pool);
  counted.set(key, (counted.get(key) ?? 0) + 1);
  const place = { to: 'pool', pool } as const;
  const reroutedFrom = failedIn?.pool === pool ? undefined : failedIn?.pool;
  const { policy, reason } = chosen;
  if (policy === 'default' && !violation && reroutedFrom === undefined) return place;
  const record: RouteRecord = {
    policy,
    reason,
    service,
    ...(violation && { violation }),
    ...(reroutedFrom !== undefined && { reroutedFrom }),
  };
  return { ...place, record };
}
