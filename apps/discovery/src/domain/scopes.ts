import type { AccountSettings, TaskOutput } from '@trimtab/contracts';
import type { ErrorInfo } from '@trimtab/kernel';
import type { z } from 'zod';

/** What asking an account who it is came to. */
export type AccountProbe =
  | {
      readonly kind: 'reachable';
      readonly regions: readonly { readonly name: string; readonly enabled: boolean }[];
    }
  | { readonly kind: 'other-account'; readonly caller: string }
  | { readonly kind: 'unreachable'; readonly error: ErrorInfo };

type Account = z.infer<typeof AccountSettings>;
type Scopes = TaskOutput<'discovery.scopes'>;

/** Accounts × regions that can be scanned, and why the others cannot. `regions` are those with at least one scope. */
export function scopesOf(
  accounts: readonly Account[],
  regions: readonly string[],
  probes: ReadonlyMap<string, AccountProbe>,
): Scopes {
  const found: Scopes = { scopes: [], regions: [], unreachable: [] };
  for (const account of accounts) addAccount(found, account, [...new Set(regions)], probes.get(account.id));
  found.regions = [...new Set(found.scopes.map((scope) => scope.region))];
  return found;
}

function addAccount(found: Scopes, account: Account, regions: readonly string[], probe?: AccountProbe): void {
  if (probe?.kind !== 'reachable') {
    found.unreachable.push({ accountId: account.id, reason: whyNot(account, probe) });
    return;
  }
  const known = new Map(probe.regions.map(({ name, enabled }) => [name, enabled]));
  for (const region of regions) {
    if (known.get(region)) found.scopes.push({ accountId: account.id, accountName: account.name, region });
    else
      found.unreachable.push({
        accountId: account.id,
        region,
        reason: regionReason(region, known.get(region)),
      });
  }
}

const regionReason = (region: string, enabled: boolean | undefined): string =>
  enabled === false
    ? `Region ${region} is not enabled for this account.`
    : `AWS does not know a region ${region} for this account.`;

function whyNot(account: Account, probe: Exclude<AccountProbe, { kind: 'reachable' }> | undefined): string {
  if (probe?.kind === 'unreachable') return probe.error.message;
  const caller = probe?.kind === 'other-account' ? probe.caller : 'nobody';
  return `The credentials belong to account ${caller}, not to ${account.id}: set readRoleArn of account ${account.id}.`;
}
