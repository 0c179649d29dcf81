import type { ActionPlan, TaskInput, TaskOutput } from '@trimtab/contracts';
import { AppError } from '@trimtab/kernel';
import { digestOfPlan } from './plan-actions.js';

type Policy = TaskOutput<'execution.plan'>['grantedBy'];
type Approval = TaskInput<'execution.execute'>['approval'];

/** Names of the policies that grant without a person. */
const policies = ['dry-run', 'approve-low', 'empty-plan'];

/** Which policy grants the plan; null = a person must. A plan of mixed risks is granted whole or not at all. */
export function grantOf(plan: Pick<ActionPlan, 'mode' | 'actions'>, approveLow: boolean): Policy {
  if (plan.mode === 'dry-run') return 'dry-run';
  if (plan.actions.length === 0) return 'empty-plan';
  return approveLow && plan.actions.every((one) => one.risk === 'L') ? 'approve-low' : null;
}

/** What this service recorded when it made the plan. */
export interface StoredPlan {
  readonly id: string;
  readonly mode: ActionPlan['mode'];
  readonly digest: string;
  /** null = a person must approve. */
  readonly grantedBy: Policy;
}

/**
 * Refuses everything that is not exactly what was planned and approved.
 * Throws `execution.unknown-plan`, `execution.digest-mismatch` or `execution.approval-missing`.
 */
export function checkApproval(
  plan: ActionPlan,
  stored: StoredPlan | undefined,
  asked: { readonly digest: string; readonly approval: Approval },
  sha256: (text: string) => string,
): void {
  if (!stored) {
    throw new AppError(
      'execution.unknown-plan',
      `Plan ${plan.id} was not made here: plan again, then approve it.`,
    );
  }
  const digests = {
    content: digestOfPlan(plan.mode, plan.actions, sha256),
    stored: stored.digest,
    asked: asked.digest,
    approved: asked.approval.digest,
  };
  if (new Set(Object.values(digests)).size !== 1 || stored.mode !== plan.mode || stored.id !== plan.id) {
    throw new AppError(
      'execution.digest-mismatch',
      `What was approved is not plan ${stored.id} in mode ${stored.mode}: review the plan and approve it again.`,
      { details: { ...digests, storedMode: stored.mode, planMode: plan.mode } },
    );
  }
  checkGrant(stored, asked.approval.grantedBy);
}

/** A policy may grant only what this service found it to grant when it planned. */
function checkGrant(stored: StoredPlan, grantedBy: string): void {
  const policy = policies.find((name) => grantedBy.replace(/^policy:/, '') === name);
  const person = policy === undefined && grantedBy !== '';
  if (person || (stored.grantedBy !== null && policy === stored.grantedBy)) return;
  // An empty plan does nothing in either mode, whichever of its policies was asked first.
  if (policy === 'empty-plan' && stored.grantedBy === 'dry-run') return;
  throw new AppError(
    'execution.approval-missing',
    `Plan ${stored.id} is not granted by "${grantedBy}": ask a person to approve digest ${stored.digest}.`,
    { details: { grantedBy, expected: stored.grantedBy ?? 'a person' } },
  );
}
