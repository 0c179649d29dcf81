import { z } from 'zod';
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

/** Definitions beside those that come with Trimtab. */
const WorkflowSettings = z.strictObject({
  /** Folders with `*.yaml` or `*.yml`, read at the start and when something in them changes. */
  folders: names,
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
  workflows: WorkflowSettings.prefault({}),
  logLevel: z.enum(['debug', 'info', 'warn', 'error']).default('info'),
});
export type StackSettings = z.infer<typeof StackSettings>;

/** The configuration file: the settings of a run, the local stack, and overrides per environment. */
export const Configuration = z.strictObject({
  ...Settings.shape,
  orchestration: OrchestrationSettings.prefault({}),
  stack: StackSettings.prefault({}),
});
export type Configuration = z.infer<typeof Configuration>;

/** Top-level keys of the file that select overrides and are not part of the result. */
export const ENVIRONMENT_KEYS = ['environment', 'environments'] as const;
