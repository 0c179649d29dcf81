import { z } from 'zod';

/** Lower case, as pools, services and policies are named. */
const name = z.string().regex(/^[a-z0-9][a-z0-9-]{0,31}$/, {
  error: 'must be lower case letters, digits and hyphens, at most 32',
});
/** `pool` of the service that a task's type names, or `service/pool` of another service that offers the type. */
const poolName = z.string().regex(/^([a-z0-9][a-z0-9-]{0,31}\/)?[a-z0-9][a-z0-9-]{0,31}$/, {
  error: 'must be a pool, or service/pool',
});
const seconds = (least: number, most: number) => z.number().min(least).max(most);

/** When an instance counts as there and healthy. Numbers count refreshes, so that one bad answer changes nothing. */
const HealthCheck = z.strictObject({
  /** How long instances have to answer. */
  answerWithinMs: z.int().min(50).max(10_000).default(400),
  /** Refreshes without an answer after which an instance is gone. */
  expireAfter: z.int().min(1).max(100).default(3),
  /** Answers in a row that say "not ready" until it gets no more tasks. */
  unhealthyAfter: z.int().min(1).max(100).default(2),
  /** Answers in a row that say "ready" until one that was unhealthy or gone gets tasks again. */
  healthyAfter: z.int().min(1).max(100).default(2),
});

const Consul = z.strictObject({
  /** HTTP API of the local agent. */
  url: z.url().default('http://127.0.0.1:8500'),
  token: z.string().optional(),
  /** Only services with this tag are workers. */
  tag: z.string().min(1).default('trimtab'),
  /** How long a blocking query may wait for a change. */
  waitSeconds: seconds(1, 600).default(30),
});

/** Where running services are found. */
export const DiscoverySettings = z.strictObject({
  type: z.enum(['nats', 'consul', 'both']).default('nats'),
  refreshSeconds: seconds(0.1, 300).default(5),
  healthCheck: HealthCheck.prefault({}),
  consul: Consul.prefault({}),
});
export type DiscoverySettings = z.infer<typeof DiscoverySettings>;

/** How one of several healthy pools is chosen for a task. */
export const RoutingPolicy = z
  .strictObject({
    enabled: z.boolean().default(true),
    algorithm: z.enum(['failover', 'round-robin', 'least-loaded', 'lowest-latency', 'weighted', 'custom']),
    /** In order of preference; every pool that offers the task's type unless told. */
    pools: z.array(poolName).min(1).optional(),
    /** Of `weighted`: shares by pool. */
    weights: z.record(poolName, z.number().positive()).optional(),
    /** Of `custom`: CEL over `task`, `pools` and `run`, which gives the name of a pool. */
    rule: z.string().min(1).optional(),
    /** Another attempt goes to another pool when one is healthy. */
    reroute: z.boolean().default(true),
    /** Nobody offers the task's type: the task waits until somebody does, or goes to the queue of the default pool. */
    nobody: z.enum(['wait', 'queue']).default('wait'),
  })
  .superRefine(({ algorithm, weights, rule, pools }, context) => {
    const needs = { weighted: { weights }, custom: { rule }, failover: { pools } } as const;
    if (!(algorithm in needs)) return;
    for (const [field, value] of Object.entries(needs[algorithm as keyof typeof needs]))
      if (value === undefined)
        context.addIssue({ code: 'custom', path: [field], message: `${algorithm} needs ${field}` });
  });
export type RoutingPolicy = z.infer<typeof RoutingPolicy>;

export const PolicySettings = z
  .strictObject({
    enabled: z.boolean().default(true),
    /** Applies to tasks without a policy of their own, and when that one is violated. */
    default: name.optional(),
    named: z.record(name, RoutingPolicy).default({}),
    /** Policy by task type (`discovery.inventory`), or by service (`discovery.*`). */
    tasks: z.record(z.string().regex(/^[a-z][a-z0-9-]*\.([a-z][a-z0-9-]*|\*)$/), name).default({}),
  })
  .superRefine((settings, context) => {
    const used = [
      ['default', settings.default] as const,
      ...Object.entries(settings.tasks).map(([type, policy]) => [`tasks.${type}`, policy] as const),
    ];
    for (const [place, policy] of used) {
      if (policy === undefined || Object.hasOwn(settings.named, policy)) continue;
      const path = place === 'default' ? ['default'] : ['tasks', place.slice('tasks.'.length)];
      context.addIssue({ code: 'custom', path, message: `there is no policy "${policy}" under named` });
    }
  });
export type PolicySettings = z.infer<typeof PolicySettings>;

/** What a trigger does while it is on. */
export const TriggerAction = z.discriminatedUnion('do', [
  /** Tasks of the service go to this pool while it is healthy. */
  z.strictObject({ do: z.literal('prefer-pool'), pool: poolName }),
  /** Fan-outs of the service that are under way have this share of their concurrency. */
  z.strictObject({ do: z.literal('concurrency'), share: z.number().min(0.01).max(1) }),
  /** Optional tasks of the service that have not begun are skipped. */
  z.strictObject({ do: z.literal('skip-optional') }),
  /** Expressions of what is left read this name as `run.branch`. */
  z.strictObject({ do: z.literal('branch'), name }),
  /** Asks for so many more workers. */
  z.strictObject({ do: z.literal('scale-hint'), add: z.int().min(1).max(1_000).default(1) }),
]);
export type TriggerAction = z.infer<typeof TriggerAction>;

export const AdaptiveTrigger = z
  .strictObject({
    name,
    enabled: z.boolean().default(true),
    service: name,
    /** The worst of the service's pools unless told. */
    pool: name.optional(),
    /** `load` and `error-rate` are shares (0.9), `latency` is in milliseconds, `lag` in commands that wait. */
    metric: z.enum(['load', 'latency', 'error-rate', 'lag']),
    /** On from this level, off again below `leave`; between them nothing changes. */
    enter: z.number().positive(),
    leave: z.number().nonnegative(),
    /** How long the level must hold. */
    forSeconds: seconds(0, 86_400).default(30),
    /** After a change nothing changes again for so long. */
    coolDownSeconds: seconds(0, 86_400).default(120),
    actions: z.array(TriggerAction).min(1),
  })
  .superRefine(({ enter, leave }, context) => {
    if (leave >= enter)
      context.addIssue({ code: 'custom', path: ['leave'], message: 'leave must be below enter' });
  });
export type AdaptiveTrigger = z.infer<typeof AdaptiveTrigger>;

/** Hints for whoever starts and stops workers. */
export const ScalingSettings = z.strictObject({
  enabled: z.boolean().default(true),
  /** A backlog should be worked off within so long. */
  targetSeconds: seconds(1, 86_400).default(30),
  minWorkers: z.int().min(0).default(1),
  maxWorkers: z.int().min(1).default(20),
  coolDownSeconds: seconds(0, 86_400).default(30),
});
export type ScalingSettings = z.infer<typeof ScalingSettings>;

/** How the engine finds services, chooses between them and adapts to what it measures. */
export const OrchestrationSettings = z.strictObject({
  discovery: DiscoverySettings.prefault({}),
  policies: PolicySettings.prefault({}),
  triggers: z.array(AdaptiveTrigger).default([]),
  scaling: ScalingSettings.prefault({}),
  /** A task without anybody to do it for so long is an incident. */
  incidentAfterSeconds: seconds(1, 86_400).default(60),
  /** A queued task without a sign of life for so long, in a pool without a healthy worker, may go elsewhere. */
  rerouteAfterSeconds: seconds(1, 86_400).default(15),
});
export type OrchestrationSettings = z.infer<typeof OrchestrationSettings>;
