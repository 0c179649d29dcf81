import { toErrorInfo } from '@trimtab/kernel';

export interface Finding {
  readonly check: string;
  readonly status: 'ok' | 'failed';
  readonly detail: string;
  /** What to do about it. */
  readonly fix?: string;
}

/** A check as a finding: what the work says, or its error with the way to mend it. */
export async function attempt(check: string, fix: string, work: () => Promise<string>): Promise<Finding> {
  try {
    return { check, status: 'ok', detail: await work() };
  } catch (error) {
    return { check, status: 'failed', detail: toErrorInfo(error).message, fix };
  }
}
