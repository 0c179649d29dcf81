import type { AdaptiveTrigger } from '@trimtab/contracts';
import type { Directory, WorkerPool } from './worker-pools.js';

/** What a trigger remembers between two looks. */
export interface TriggerState {
  readonly on: boolean;
  /** Since when the measurement asks for the other phase; undefined while it does not. */
  readonly against: number | undefined;
  /** When it last changed (epoch ms). */
  readonly changedAt: number;
}

export const RESTING: TriggerState = { on: false, against: undefined, changedAt: -Infinity };

export interface Measured {
  readonly value: number;
  /** The pool that has it. */
  readonly pool: string;
}

/** A trigger after another look; `reason` when it changed. */
export interface Judged {
  readonly state: TriggerState;
  readonly reason?: string;
}

/**
 * Hysteresis: on at or above `enter`, off below `leave`, each only when it held for `forSeconds` without a break and not
 * within `coolDownSeconds` of the last change. Between the two levels nothing changes, so that a value that wavers around
 * one level never makes it flap. Without a measurement it ends as if the level were zero.
 */
export function judge(
  trigger: AdaptiveTrigger,
  state: TriggerState,
  measured: Measured | undefined,
  nowMs: number,
): Judged {
  const value = measured?.value ?? 0;
  const wanted = state.on ? value < trigger.leave : value >= trigger.enter;
  if (!wanted) return { state: { ...state, against: undefined } };
  const against = state.against ?? nowMs;
  const held = nowMs - against >= trigger.forSeconds * 1_000;
  const cool = nowMs - state.changedAt >= trigger.coolDownSeconds * 1_000;
  if (!held || !cool) return { state: { ...state, against } };
  const next = { on: !state.on, against: undefined, changedAt: nowMs };
  return { state: next, reason: reasonOf(trigger, next.on, measured) };
}

/** The worst of the pools that the trigger watches; undefined when none has been measured. */
export function measure(trigger: AdaptiveTrigger, { pools }: Directory): Measured | undefined {
  let worst: Measured | undefined;
  for (const pool of pools.values()) {
    if (!serves(pool, trigger.service) || (trigger.pool ?? pool.pool) !== pool.pool) continue;
    const value = valueOf(trigger.metric, pool);
    if (value !== undefined && (!worst || value > worst.value)) worst = { value, pool: pool.pool };
  }
  return worst;
}

/** A service goes by its name or by the first word of the task types it offers. */
const serves = ({ service, taskTypes }: WorkerPool, name: string): boolean =>
  service === name || [...taskTypes].some((type) => type.startsWith(`${name}.`));

function valueOf(metric: AdaptiveTrigger['metric'], pool: WorkerPool): number | undefined {
  switch (metric) {
    case 'load':
      return pool.load;
    case 'latency':
      return pool.latencyMs;
    case 'error-rate':
      return pool.errorRate;
    case 'lag':
      return pool.lag;
  }
}

function reasonOf(trigger: AdaptiveTrigger, on: boolean, measured: Measured | undefined): string {
  const { service, metric, enter, leave, forSeconds } = trigger;
  const where = `${service}/${measured?.pool ?? trigger.pool ?? '*'}`;
  const value = measured ? withUnit(metric, measured.value) : 'no value';
  const level = on ? `at or above ${withUnit(metric, enter)}` : `below ${withUnit(metric, leave)}`;
  return `${metric} of ${where} is ${value}, ${level} for ${forSeconds} s`;
}

function withUnit(metric: AdaptiveTrigger['metric'], value: number): string {
  switch (metric) {
    case 'load':
    case 'error-rate':
      return `${Math.round(value * 1_000) / 10} %`;
    case 'latency':
      return `${Math.round(value)} ms`;
    case 'lag':
      return `${Math.round(value)} commands`;
  }
}
