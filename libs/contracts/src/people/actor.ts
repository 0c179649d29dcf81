import { z } from 'zod';

/** Who wants something and why; the key makes a repetition find the first one's answer. */
export const actor = {
  actor: z.string().min(1),
  reason: z.string().optional(),
  idempotencyKey: z.string().min(1),
};
