import type { ActionResult, CloudSettings, PlannedAction } from '@trimtab/contracts';
import type { ErrorInfo } from '@trimtab/kernel';

/** Only accounts that the settings name are ever acted on. */
export function accountUnknown(action: PlannedAction, { accounts }: CloudSettings): ErrorInfo | undefined {
  const { accountId } = action.resource;
  if (accounts.some((account) => account.id === accountId)) return undefined;
  const message = `Account ${accountId} is not in the settings: add it to cloud.accounts and plan again.`;
  return { code: 'execution.account-unknown', message, retry: 'never' };
}

/** What was not verified, or is not even known, is a surprise: nothing else may happen before a person has looked. */
export const opensCircuit = ({ status, error }: ActionResult): boolean =>
  status === 'verification-failed' || error?.code === 'execution.outcome-unknown';

export const circuitOpen = ({ actionId, status }: ActionResult): ErrorInfo => ({
  code: 'execution.circuit-open',
  message: `Action ${actionId} before this one is ${status}: look at it, then start a new run.`,
  retry: 'never',
});
