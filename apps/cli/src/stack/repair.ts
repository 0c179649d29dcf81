/** How a process that fails is repaired. */
export interface RepairPolicy {
  /** Its health is asked for so often, and must be answered within that time. */
  readonly probeMs: number;
  /** Questions in a row without an answer after which it counts as stuck. */
  readonly probes: number;
  /** Pause before the first start again, doubled with each failure up to `maxDelayMs`. */
  readonly delayMs: number;
  readonly maxDelayMs: number;
  /** Failures within `windowMs` that are more than its own repair can be trusted with. */
  readonly failures: number;
  readonly windowMs: number;
  /** Running for so long without a failure means that the trouble is over. */
  readonly stableMs: number;
}

/** At most so many times the patience that the policy gives. */
const MOST_PATIENCE = 4;

/**
 * Questions without an answer after which a process counts as stuck: more after each failure, since on a machine that
 * is overloaded a restart only adds to the load.
 */
export function patienceWith(failures: readonly number[], nowMs: number, policy: RepairPolicy): number {
  const recent = failures.filter((at) => nowMs - at < policy.windowMs);
  return policy.probes * Math.min(MOST_PATIENCE, 2 ** recent.length);
}

/** What follows from a failure: when to start again, and whether somebody must look. */
export interface Verdict {
  readonly recent: readonly number[];
  readonly delayMs: number;
  readonly incident: boolean;
}

/** @param failures times of earlier failures, milliseconds */
export function verdictOn(failures: readonly number[], nowMs: number, policy: RepairPolicy): Verdict {
  const recent = [...failures.filter((at) => nowMs - at < policy.windowMs), nowMs];
  const delayMs = Math.min(policy.maxDelayMs, policy.delayMs * 2 ** (recent.length - 1));
  return { recent, delayMs, incident: recent.length >= policy.failures };
}
