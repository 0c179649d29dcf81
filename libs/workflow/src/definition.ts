import type { Json } from '@trimtab/kernel';

/** A JSON value whose strings may hold `${ expression }`; a string that is one expression keeps the type of its value. */
export type Template = Json;

/** A bare CEL expression, as in `when` and `forEach`. */
export type Expression = string;

/** What a failure of a task does to the run. `suspend` waits for a person: `resume` tries again, `skipTask` goes on. */
export type OnError = 'fail' | 'continue' | 'compensate' | 'suspend';

/**
 * Milliseconds each; `queue` until a worker started, `run` until its result, `heartbeat` between two signs of life,
 * `blocked` until what the task depends on is there (without it as long as the run may take).
 */
export interface Timeouts {
  readonly queue?: number;
  readonly run: number;
  readonly heartbeat?: number;
  readonly blocked?: number;
}

/** Delay before attempt n+1 = min(maxDelay, initialDelay · factor^(n−1)) · (1 − jitter · random); delays in milliseconds. */
export interface RetryPolicy {
  readonly maxAttempts: number;
  readonly initialDelay: number;
  readonly factor: number;
  readonly maxDelay: number;
  /** Share of the delay that is random, 0..1. */
  readonly jitter: number;
}

/** Undoes the effect of a completed task; its templates also see `output`, the result to undo. */
export interface Compensation {
  readonly uses: string;
  readonly with: Template;
  readonly timeout: Timeouts;
  readonly retry: RetryPolicy;
}

/** For `uses: approval`: what is approved, until when, and the policies that grant it without a person. */
export interface ApprovalRule {
  /** Identifies exactly what is approved; a decision for another digest is refused. */
  readonly digest: Template;
  /** Milliseconds until the request expires (then the task fails with `workflow.approval-expired`). */
  readonly expiresIn: number;
  /** Tried in order; the first whose condition is true grants, and its name is recorded. */
  readonly grantedBy: readonly { readonly policy: string; readonly when: Expression }[];
  /** `refuse`: who started the run may reject, and somebody else must grant (allowed unless told). */
  readonly selfApproval?: 'allow' | 'refuse' | undefined;
}

/** One task, normalised: every default is filled in, so that a pinned run never changes its behaviour. */
export interface TaskDefinition {
  /** `<service>.<action>`, or a task of the engine itself: `approval`, `timer`, `signal`, `workflow`. */
  readonly uses: string;
  readonly with: Template;
  readonly needs: readonly string[];
  /** What must be there outside of the run before the first attempt: keys such as `service:report.compile` (templates). */
  readonly requires?: readonly string[];
  readonly when?: Expression;
  /** Gives the list over which the task runs once per element, with `item` and `index`. */
  readonly forEach?: Expression;
  /** Elements of `forEach` in flight at once. */
  readonly concurrency: number;
  readonly timeout: Timeouts;
  readonly retry: RetryPolicy;
  readonly onError: OnError;
  /** With `onError: { handler }`: the task that runs when this one failed, and only then; the run goes on. */
  readonly handler?: string;
  readonly compensate?: Compensation;
  /** Its failure or skip never fails the run and never stops its dependents. */
  readonly optional: boolean;
  /** Runs also after failure, skip or cancellation of what it needs. */
  readonly always: boolean;
  /** Pool of workers (template); an empty or malformed name falls back to `default` and is recorded. */
  readonly route?: string;
  readonly approval?: ApprovalRule;
  /** Shapes the stored output from the worker's `output`. */
  readonly outputs?: Template;
}

/** A workflow as data. Equal definitions have equal `canonicalJson`, whether written in YAML or in TypeScript. */
export interface WorkflowDefinition {
  readonly name: string;
  readonly version: string;
  readonly description?: string;
  /** JSON Schema of the run's input. */
  readonly input?: { readonly [key: string]: Json };
  /** JSON Schema of the run's output; an output that does not fit fails the run with `workflow.invalid-output`. */
  readonly output?: { readonly [key: string]: Json };
  /** Of every task that needs no other: what must be there outside of the run before it begins. */
  readonly requires?: readonly string[];
  /** Default true: the first failure cancels what is not finished. False: independent branches go on. */
  readonly failFast: boolean;
  /** Milliseconds for the whole run. */
  readonly timeout?: number;
  readonly tasks: { readonly [id: string]: TaskDefinition };
  /** Template of the run's output. */
  readonly outputs?: Template;
}

/** Names of the tasks that the engine itself carries out. */
export const ENGINE_TASKS = ['approval', 'timer', 'signal', 'workflow'] as const;
