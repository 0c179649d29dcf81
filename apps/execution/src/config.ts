import { parseConfig, serviceConfig } from '@trimtab/service';
import { z } from 'zod';

const milliseconds = z.coerce.number().int().min(0);
const atOnce = z.coerce.number().int().min(1).max(64);

const schema = z.object({
  ...serviceConfig,
  /** Pause between two looks at a state that is waited for. */
  EXECUTION_POLL_MS: milliseconds.min(10).default(2_000),
  /** How long a state may take to be reached (a snapshot of a large volume takes long). */
  EXECUTION_WAIT_MS: milliseconds.default(30 * 60_000),
  /** How long an effect with an unknown outcome has to show before it counts as not done. */
  EXECUTION_SETTLE_MS: milliseconds.default(10_000),
  /** Accounts and regions that a plan is carried out in at the same time. */
  EXECUTION_SITES: atOnce.default(4),
  /** Actions at the same time in one account and region, unless they concern the same thing. */
  EXECUTION_PER_SITE: atOnce.default(2),
});
export type ExecutionConfig = z.infer<typeof schema>;

export const config = (): ExecutionConfig => parseConfig(schema, process.env);
