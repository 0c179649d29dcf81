import { parseConfig, serviceConfig } from '@trimtab/service';
import { z } from 'zod';

const schema = z.object({
  ...serviceConfig,
  /** Preferred HTTP port; the next free one is taken when it is in use. */
  GATEWAY_PORT: z.coerce.number().int().min(0).max(65_535).default(4600),
  GATEWAY_HOST: z.string().default('127.0.0.1'),
  /** How long a person's command may wait for the orchestrator's commit. */
  GATEWAY_COMMAND_TIMEOUT_MS: z.coerce.number().int().positive().default(10_000),
});
export type GatewayConfig = z.infer<typeof schema>;

export const readConfig = (): GatewayConfig => parseConfig(schema, process.env);
