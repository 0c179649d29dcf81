import { z } from 'zod';
import type { CloudSimOptions } from './cloud-sim.js';

const wholeNumber = z.string().regex(/^\d+$/, 'must be a whole number').transform(Number);

const schema = z.object({
  CLOUD_SIM_PORT: wholeNumber.optional(),
  CLOUD_SIM_SEED: wholeNumber.optional(),
  CLOUD_SIM_NOW: z.iso.datetime({ error: 'must be an RFC 3339 time in UTC' }).optional(),
  CLOUD_SIM_TRUTH_FILE: z.string().min(1).optional(),
  CLOUD_SIM_TRANSITION_MS: wholeNumber.optional(),
  /** Ends when standard input ends, so that a killed parent leaves nothing behind. */
  TRIMTAB_EXIT_WITH_PARENT: z.enum(['true', 'false']).optional(),
});

/** The options in the environment; throws one error that names every bad variable. */
export function readConfig(
  environment: NodeJS.ProcessEnv = process.env,
): CloudSimOptions & { readonly exitWithParent: boolean | undefined } {
  const parsed = schema.safeParse(environment);
  if (!parsed.success) {
    const problems = parsed.error.issues.map((issue) => `${issue.path.join('.')} ${issue.message}`);
    throw new Error(`Set these variables right and start again: ${problems.join('; ')}`);
  }
  const { data } = parsed;
  const withParent = data.TRIMTAB_EXIT_WITH_PARENT;
  return {
    port: data.CLOUD_SIM_PORT,
    seed: data.CLOUD_SIM_SEED,
    now: data.CLOUD_SIM_NOW === undefined ? undefined : Date.parse(data.CLOUD_SIM_NOW),
    truthFile: data.CLOUD_SIM_TRUTH_FILE,
    transitionMs: data.CLOUD_SIM_TRANSITION_MS,
    exitWithParent: withParent === undefined ? undefined : withParent === 'true',
  };
}
