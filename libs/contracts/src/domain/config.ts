import { z } from 'zod';
import { ScheduleEntries } from './schedule-presets.js';
import { OrchestrationSettings } from './orchestration.js';
import { Settings } from './settings.js';

const names = z.array(z.string().min(1)).default([]);

/** What the built-in tasks may do; the one name `any` allows all. */
const BuiltInTaskSettings = z.strictObject({
  /** Programs that `script.run` may start. */
  scripts: names,
  /** Hosts that `http.request` may reach. */
  hosts: names,
  /** Variables that tasks may refer to as `{ env: NAME }`. */
  env: names,
});

/** How many processes work for a service of the local stack. */
const WorkerLimits = z
  .strictObject({ min: z.int().min(1).max(100).default(1), max: z.int().min(1).max(100).default(4) })
  .refine(({ min, max }) => min <= max, { path: ['max'], error: 'must not be below min' });

const ScalingOfStack = z.strictObject({
  /** Follow scale hints; `trimtab up --autoscale`. Without it `min` workers run. */
  enabled: z.boolean().default(false),
  /** Nothing is stopped so soon after a change. */
  coolDownSeconds: z.number().min(0).max(86_400).default(60),
  /** For services that `workers` does not name. */
  defaultMax: z.int().min(1).max(100).default(4),
  workers: z.record(z.string(), WorkerLimits).default({}),
});

/** When a process of the local stack counts as stuck, and when as beyond its own repair. */
const RepairSettings = z.strictObject({
  probeSeconds: z.number().min(0.1).max(3_600).default(5),
  probes: z.int().min(1).max(100).default(6),
  /** Failures within `windowSeconds` that raise an incident. */
  failures: z.int().min(1).max(100).default(3),
  windowSeconds: z.number().min(1).max(86_400).default(600),
  /** Running for so long ends the incident. */
  stableSeconds: z.number().min(0).max(86_400).default(60),
});

/** How the local stack runs; URLs that are given are used instead of starting an embedded server. */
export const StackSettings = z.strictObject({
  natsUrl: z.string().optional(),
  databaseUrl: z.string().optional(),
  /** Preferred port of the gateway; a free one is taken when it is in use. */
  gatewayPort: z.int().min(0).max(65_535).default(4600),
  /** OTLP/HTTP endpoint, for example http://localhost:4318; absent = nothing is exported. */
  otlpEndpoint: z.url().optional(),
  /** Services in one process (small and fast to start) or one process each. */
  processes: z.enum(['one', 'each']).default('one'),
  tasks: BuiltInTaskSettings.prefault({}),
  scaling: ScalingOfStack.prefault({}),
  repair: RepairSettings.prefault({}),
  logLevel: z.enum(['debug', 'info', 'warn', 'error']).default('info'),
});
export type StackSettings = z.infer<typeof StackSettings>;

/** The configuration file: the settings of a run, the local stack, and overrides per environment. */
export const Configuration = z.strictObject({
  ...Settings.shape,
  orchestration: OrchestrationSettings.prefault({}),
  stack: StackSettings.prefault({}),
  schedules: ScheduleEntries.prefault({}),
  /** Files (relative to where the stack is started), folders or packages. */
  plugins: z.array(z.string().min(1)).default([]),
});
export type Configuration = z.infer<typeof Configuration>;

/** What a run needs to know of the configuration. */
export const runSettings = (configuration: Configuration): Settings =>
  z.object(Settings.shape).parse(configuration);

/** Top-level keys of the file that select overrides and are not part of the result. */
export const ENVIRONMENT_KEYS = ['environment', 'environments'] as const;
