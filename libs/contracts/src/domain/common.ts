import { z } from 'zod';

/** Exact decimal text without exponent, for example `-12.50`. */
export const Decimal = z.string().regex(/^-?\d+(\.\d+)?$/, 'must be a plain decimal string such as "12.50"');
/** ISO 4217 code. */
export const Currency = z.string().regex(/^[A-Z]{3}$/, 'must be an ISO 4217 code such as USD');
export const MoneySchema = z.object({ amount: Decimal, currency: Currency });
/** RFC 3339 in UTC. */
export const Instant = z.iso.datetime({ offset: false });
/** A calendar day in UTC, `YYYY-MM-DD`. */
export const Day = z.iso.date();
/** A half-open period of days: `start` inclusive, `end` exclusive. */
export const Period = z.object({ start: Day, end: Day });
export type Period = z.infer<typeof Period>;

export const ArtifactRefSchema = z.object({
  ref: z.string(),
  digest: z.string(),
  bytes: z.int().nonnegative(),
  count: z.int().nonnegative(),
  mediaType: z.string(),
});

export const ErrorInfoSchema = z.object({
  code: z.string(),
  message: z.string(),
  retry: z.enum(['never', 'later']),
  details: z.record(z.string(), z.unknown()).optional(),
});

export const TagMap = z.record(z.string(), z.string());
export const AccountId = z.string().min(1);
export const Region = z.string().min(1);
