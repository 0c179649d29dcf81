import { z } from 'zod';

export interface HttpContract {
  readonly method: 'GET' | 'POST';
  /** Path with `{name}` for parameters. */
  readonly path: string;
  readonly summary: string;
  readonly query?: z.ZodObject;
  readonly body?: z.ZodType;
  readonly reply: z.ZodType;
  /** `json` unless told: `sse` = server-sent events of the reply's shape, `file` = a document. */
  readonly answer?: 'sse' | 'file';
}

/** A page of things. */
export const list = <T extends z.ZodType>(items: T) => z.object({ items: z.array(items) });
/** How many at most. */
export const paging = { limit: z.coerce.number().int().min(1).max(1000).default(100) };
/** Who asks and why. */
export const because = {
  actor: z.string().default('local'),
  reason: z.string().optional(),
  /** A repeated request with the same key finds the first one's answer. */
  idempotencyKey: z.string().min(1).optional(),
};
/** A run after it was changed. */
export const done = z.object({ runId: z.string(), status: z.string() });
