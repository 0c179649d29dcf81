import type { ErrorInfo } from '@trimtab/kernel';
import type { RetryPolicy } from './definition.js';

/**
 * Exponential backoff with jitter, in whole milliseconds.
 * @param failures failed attempts so far (≥ 1)
 * @param random 0 ≤ random < 1
 */
export function backoff(policy: RetryPolicy, failures: number, random: number): number {
  const exponential = policy.initialDelay * policy.factor ** (failures - 1);
  return Math.round(Math.min(policy.maxDelay, exponential) * (1 - policy.jitter * random));
}

/** Milliseconds before the next attempt: the backoff, or longer when the failure says so in `details.retryAfterMs`. */
export function pauseAfter(error: ErrorInfo, policy: RetryPolicy, failures: number, random: number): number {
  const asked = error.details?.['retryAfterMs'];
  const wait = typeof asked === 'number' && asked > 0 ? Math.min(LONGEST_ASKED_MS, Math.ceil(asked)) : 0;
  return Math.max(wait, backoff(policy, failures, random));
}

/** Nobody may hold a run for longer by what it answers. */
const LONGEST_ASKED_MS = 3_600_000;

/** A terminal error is never tried again; any other until the attempts are used up. */
export const mayRetry = (policy: RetryPolicy, failures: number, error: ErrorInfo): boolean =>
  error.retry === 'later' && failures < policy.maxAttempts;
