import { WorkflowError } from './errors.js';

/** Bounds of one run. What passes one is refused or fails with an error that says what to do. */
export interface RunLimits {
  /** Tasks of a definition. */
  readonly tasks: number;
  /** Elements of one fan-out. */
  readonly items: number;
  /** Events in the history. */
  readonly events: number;
}

export const DEFAULT_LIMITS: RunLimits = { tasks: 10_000, items: 100_000, events: 500_000 };

/** Share of a bound from which on it is warned at. */
export const WARN_FROM = 0.8;

export interface LimitWarning {
  readonly limit: keyof RunLimits;
  readonly is: number;
  readonly of: number;
  /** Task whose fan-out it is. */
  readonly task?: string;
}

const ADVICE: { readonly [limit in keyof RunLimits]: string } = {
  tasks: 'use `forEach`, or child workflows',
  items: 'split the list over child workflows',
  events:
    'go on in a new run with `trimtab runs retry RUN --from TASK`, or split the work over child workflows',
};

/** A bound that is passed. */
export const passed = (limit: keyof RunLimits, is: number, of: number, where = 'The run'): WorkflowError =>
  new WorkflowError(
    `workflow.too-many-${limit}`,
    `${where} has ${is} ${limit}, more than ${of}: ${ADVICE[limit]}.`,
    { details: { limit, is, of } },
  );

/** Whether a count that grew from `before` to `is` has come near its bound by that. */
export const comesNear = (before: number, is: number, of: number): boolean =>
  before < of * WARN_FROM && is >= of * WARN_FROM;
