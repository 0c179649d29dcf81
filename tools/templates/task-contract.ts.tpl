import { z } from 'zod';
import { Instant } from '../domain/common.js';

/** Task types of the service `{{name}}`. */
export const {{name}}Tasks = {
  '{{name}}.{{action}}': {
    input: z.object({ subjects: z.array(z.string()), asOf: Instant }),
    output: z.object({
      /** Subjects that no run has seen before. */
      fresh: z.array(z.string()),
      known: z.int().nonnegative(),
    }),
  },
} as const;
