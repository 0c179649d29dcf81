import type { TaskContracts } from '@trimtab/service';
import { z } from 'zod';

/** What a task of the chaos worker is told to do. */
export const ChaosInput = z.object({
  n: z.number().default(0),
  /** How long it works. */
  ms: z.number().default(0),
  /** Fails so on every attempt up to `failures`. */
  fail: z.enum(['later', 'never']).optional(),
  failures: z.int().default(1_000),
  /** Never ends by itself. */
  hang: z.boolean().default(false),
  /** Size of a text in the output. */
  bytes: z.int().default(0),
  /** Something that JSON or a log may choke on. */
  odd: z.enum(['nesting', 'proto', 'huge-number', 'nul']).optional(),
});
export type ChaosInput = z.infer<typeof ChaosInput>;

export const workContract = { input: ChaosInput, output: z.looseObject({ n: z.number() }) };

/** `work` only computes; `effect` changes the outside world and `undo` takes that back. */
export const contracts: TaskContracts = {
  'chaos.work': workContract,
  'chaos.effect': workContract,
  'chaos.undo': workContract,
};
