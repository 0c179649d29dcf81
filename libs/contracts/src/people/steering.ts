import { z } from 'zod';
import { Explanation, PolicyReport, PoolView } from '../domain/steering.js';

/** Questions about who is there, how tasks are routed, and why a run went as it did. */
export const steeringCommands = {
  'list-pools': { request: z.object({}), reply: z.object({ items: z.array(PoolView) }) },
  'list-policies': { request: z.object({}), reply: PolicyReport },
  'explain-run': {
    request: z.object({ runId: z.string(), task: z.string().optional() }),
    reply: Explanation,
  },
} as const;
