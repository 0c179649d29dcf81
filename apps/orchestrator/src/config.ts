import { parseConfig, serviceConfig } from '@trimtab/service';
import { z } from 'zod';

const schema = z.object({
  ...serviceConfig,
  /** A partition whose owner was silent for so long is taken over. */
  TRIMTAB_LEASE_MS: z.coerce.number().int().min(1_000).default(15_000),
  /** Folder with further definitions (`*.yaml`). */
  TRIMTAB_WORKFLOWS: z.string().optional(),
  /** Discovery, policies and triggers: the section `orchestration` as JSON, or the file that has it. */
  ORCHESTRATION_CONFIG: z.string().optional(),
  /** Runs that ended so many days ago are archived, then deleted; off without it. */
  TRIMTAB_RETENTION_DAYS: z.coerce.number().positive().optional(),
});
export type OrchestratorConfig = z.infer<typeof schema>;

export const config = (): OrchestratorConfig => parseConfig(schema, process.env);
