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

/** A terminal error is never tried again; any other until the attempts are used up. */
export const mayRetry = (policy: RetryPolicy, failures: number, error: ErrorInfo): boolean =>
  error.retry === 'later' && failures < policy.maxAttempts;
