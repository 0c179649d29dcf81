import type { AccountAccess, Purpose } from '../ports/scope.js';

export interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
  readonly expiration?: Date;
}

export type CredentialSource = () => Promise<Credentials>;

const REFRESH_BEFORE_MS = 5 * 60_000;

/** Remembers credentials until five minutes before they expire; calls at the same time share one refresh. */
export function remembered(source: CredentialSource, now: () => number = Date.now): CredentialSource {
  let current: Promise<Credentials> | undefined;
  let refreshAt = Infinity;
  return () => {
    if (current && now() < refreshAt) return current;
    refreshAt = Infinity;
    current = source().then(
      (credentials) => {
        refreshAt = credentials.expiration ? credentials.expiration.getTime() - REFRESH_BEFORE_MS : Infinity;
        return credentials;
      },
      (error: unknown) => {
        current = undefined;
        throw error;
      },
    );
    return current;
  };
}

export const roleFor = (account: AccountAccess, purpose: Purpose): string | undefined =>
  purpose === 'read' ? account.readRoleArn : account.actRoleArn;

/** Environment, profile, SSO, container or instance role: whatever the user's AWS tools would take. */
export function baseCredentials(): CredentialSource {
  return async () => {
    const { fromNodeProviderChain } = await import('@aws-sdk/credential-providers');
    return fromNodeProviderChain()();
  };
}

/**
 * Credentials for a simulated account: its endpoint checks no secret and knows the account by the access key id
 * so that nobody's real keys ever travel to it.
 */
export const simulatedCredentials =
  (accountId: string): CredentialSource =>
  () =>
    Promise.resolve({ accessKeyId: `AKIASIM${accountId}`, secretAccessKey: 'simulated' });

export interface RoleRequest {
  readonly roleArn: string;
  readonly purpose: Purpose;
  readonly region: string;
  readonly endpoint?: string;
}

/** Short-lived credentials of a role, assumed with the base credentials. */
export function assumedRole(
  base: CredentialSource,
  { roleArn, purpose, region, endpoint }: RoleRequest,
): CredentialSource {
  return async () => {
    const { fromTemporaryCredentials } = await import('@aws-sdk/credential-providers');
    return fromTemporaryCredentials({
      masterCredentials: base,
      params: { RoleArn: roleArn, RoleSessionName: `trimtab-${purpose}` },
      clientConfig: { region, ...(endpoint ? { endpoint } : {}) },
    })();
  };
}
