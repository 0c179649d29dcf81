import { parseConfig, serviceConfig } from '@trimtab/service';
import { z } from 'zod';
import { DEFAULT_ENGINE_LIMITS } from './domain/limits.js';

const bound = (value: number) => z.coerce.number().int().min(1).default(value);

const schema = z.object({
  ...serviceConfig,
  /** A partition whose owner was silent for so long is taken over. */
  TRIMTAB_LEASE_MS: z.coerce.number().int().min(1_000).default(15_000),
  /** Discovery, policies and triggers: the section `orchestration` as JSON, or the file that has it. */
  ORCHESTRATION_CONFIG: z.string().optional(),
  /** Folders with further definitions (`*.yaml`, `*.yml`), separated by commas. */
  TRIMTAB_WORKFLOWS: z
    .string()
    .default('')
    .transform((folders) => folders.split(',').filter((folder) => folder !== '')),
  TRIMTAB_LIMIT_TASKS: bound(DEFAULT_ENGINE_LIMITS.tasks),
  TRIMTAB_LIMIT_ITEMS: bound(DEFAULT_ENGINE_LIMITS.items),
  TRIMTAB_LIMIT_EVENTS: bound(DEFAULT_ENGINE_LIMITS.events),
  TRIMTAB_LIMIT_PAYLOAD_BYTES: bound(DEFAULT_ENGINE_LIMITS.payloadBytes),
  /** Runs that ended so many days ago are archived, then deleted; off without it. */
  TRIMTAB_RETENTION_DAYS: z.coerce.number().positive().optional(),
});
export type OrchestratorConfig = z.infer<typeof schema>;

export const config = (): OrchestratorConfig => parseConfig(schema, process.env);
