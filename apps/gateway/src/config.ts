import { parseConfig, serviceConfig } from '@trimtab/service';
import { z } from 'zod';

const schema = z.object({
  ...serviceConfig,
  /** Preferred HTTP port; the next free one is taken when it is in use. */
  GATEWAY_PORT: z.coerce.number().int().min(0).max(65_535).default(4600),
  GATEWAY_HOST: z.string().default('127.0.0.1'),
  /** How long a person's command may wait for the orchestrator's commit. */
  GATEWAY_COMMAND_TIMEOUT_MS: z.coerce.number().int().positive().default(10_000),
  /** Statistics that are further behind are taken for unavailable: basic monitoring answers, operators are told. */
  TRIMTAB_ANALYTICS_LAG_MS: z.coerce.number().int().positive().default(60_000),
  /** How long statistics are kept, in days. */
  TRIMTAB_ANALYTICS_DAYS: z.coerce.number().int().positive().default(400),
});
export type GatewayConfig = z.infer<typeof schema>;

export const readConfig = (): GatewayConfig => parseConfig(schema, process.env);
