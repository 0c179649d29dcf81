import type { PolicySettings, RoutingPolicy } from '@trimtab/contracts';
import type { Json } from '@trimtab/kernel';
import { compileRule } from '@trimtab/workflow';

/** What a rule may read: `task` (type, id, attempt, run), `pools` (those that offer the type) and `run` (labels). */
export const RULE_ROOTS = ['task', 'pools', 'run'] as const;

export interface Policy {
  readonly name: string;
  readonly settings: RoutingPolicy;
  /** Gives the name of a pool. Throws `workflow.expression-failed`. */
  readonly rule?: (values: Readonly<Record<string, unknown>>) => Json;
}

/** Policies by what they apply to; a disabled one applies to nothing. */
export interface Policies {
  readonly named: ReadonlyMap<string, Policy>;
  readonly fallback: Policy | undefined;
  /** The policy of a task type, of its service, or the default. */
  of(uses: string): Policy | undefined;
}

export interface PolicyProblem {
  readonly path: readonly string[];
  readonly message: string;
}

/** Makes policies ready to decide; what cannot be parsed is a problem with its place. */
export function compilePolicies(settings: PolicySettings): {
  policies: Policies;
  problems: readonly PolicyProblem[];
} {
  const problems: PolicyProblem[] = [];
  const named = new Map<string, Policy>();
  for (const [name, policy] of Object.entries(settings.named)) {
    const compiled = compile(name, policy, problems);
    if (settings.enabled && policy.enabled) named.set(name, compiled);
  }
  const fallback = settings.default === undefined ? undefined : named.get(settings.default);
  const byType = new Map(
    Object.entries(settings.tasks).flatMap(([type, name]) => {
      const policy = named.get(name);
      return policy ? [[type, policy] as const] : [];
    }),
  );
  const of = (uses: string): Policy | undefined =>
    byType.size === 0 ? fallback : (byType.get(uses) ?? byType.get(`${serviceOf(uses)}.*`) ?? fallback);
  return { policies: { named, fallback, of }, problems };
}

/** `discovery` of `discovery.inventory`. */
export const serviceOf = (uses: string): string => uses.slice(0, Math.max(0, uses.indexOf('.')));

function compile(name: string, settings: RoutingPolicy, problems: PolicyProblem[]): Policy {
  if (settings.algorithm !== 'custom' || settings.rule === undefined) return { name, settings };
  try {
    const { evaluate } = compileRule(settings.rule, RULE_ROOTS);
    return { name, settings, rule: evaluate };
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    problems.push({ path: ['policies', 'named', name, 'rule'], message });
    return { name, settings };
  }
}
