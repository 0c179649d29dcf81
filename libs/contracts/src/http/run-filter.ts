import { z } from 'zod';

/** A day or an instant with its offset. */
const Moment = z.union([z.iso.datetime({ offset: true }), z.iso.date()]);

const STATUSES: readonly string[] = [
  'PENDING',
  'RUNNING',
  'PAUSED',
  'SUSPENDED',
  'COMPLETED',
  'FAILED',
  'CANCELLED',
  'TERMINATED',
  'COMPENSATED',
];
const isStatus = (text: string): boolean => STATUSES.includes(text.trim().toUpperCase());

/** Which runs are meant; all of it must hold. */
export const runFilter = {
  /** One status or several, by comma. */
  status: z
    .string()
    .refine((text) => text.split(',').every(isStatus), `a run is ${STATUSES.join(', ')}`)
    .optional(),
  workflow: z.string().optional(),
  /** `team=core`, several by comma. */
  label: z.string().optional(),
  /** Started at or after, and before. */
  since: Moment.optional(),
  until: Moment.optional(),
  /** Part of the id, workflow, actor, a label or the error. */
  text: z.string().optional(),
  /** Error code of the run or of one of its tasks. */
  code: z.string().optional(),
};
export const RunFilter = z.object(runFilter);
export type RunFilter = z.infer<typeof RunFilter>;
