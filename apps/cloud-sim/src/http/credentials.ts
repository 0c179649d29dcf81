import { createHash } from 'node:crypto';
import { AwsError } from '../aws-error.js';
import type { Refusal, Refusals, WireRequest } from '../protocols/protocol.js';
import type { Principal } from '../simulation.js';
import type { World } from '../world/world.js';

export interface Scope {
  readonly accessKeyId: string;
  readonly region: string;
  readonly service: string;
}

/** The SigV4 credential scope of the Authorization header; the signature itself is not checked. */
export function readScope(headers: WireRequest['headers']): Scope | undefined {
  const header = String(headers['authorization'] ?? '');
  const match = /^AWS4-HMAC-SHA256\s+Credential=([^/,\s]+)\/\d{8}\/([^/]+)\/([^/]+)\/aws4_request\b/.exec(
    header,
  );
  if (!match) return undefined;
  const [, accessKeyId = '', region = '', service = ''] = match;
  return { accessKeyId, region, service };
}

export interface Identity {
  readonly accountId: string;
  readonly principal: Principal;
}

/** Account and principal of an access key; throws as the service would for an unknown key or account. */
export function identify(
  world: World,
  scope: Scope,
  token: string | undefined,
  refusals: Refusals,
): Identity {
  const accountId = /^(?:AKIASIM[A-Z]*|ASIASIM)(\d{12})[A-Z0-9]?$/.exec(scope.accessKeyId)?.[1];
  if (!accountId)
    throw refuse(refusals, 'unknownKey', 'The security token included in the request is invalid.');
  if (!world.accounts.some((account) => account.id === accountId)) {
    throw refuse(refusals, 'denied', `Account ${accountId} does not exist in this simulation.`);
  }
  return { accountId, principal: principalOf(scope.accessKeyId, accountId, token) };
}

export function refuse(refusals: Refusals, refusal: Refusal, message: string): AwsError {
  const [code, status] = refusals[refusal];
  return new AwsError(code, message, status);
}

interface Session {
  readonly role: string;
  readonly name: string;
}

/** Credentials of a role session: the session token carries role and session name, the key the account. */
export function issueSession(accountId: string, session: Session) {
  const digest = createHash('sha256').update(`${session.role}/${session.name}`).digest();
  return {
    accessKeyId: `ASIASIM${accountId}${String.fromCharCode(65 + ((digest[0] ?? 0) % 26))}`,
    secretAccessKey: digest.toString('base64').slice(0, 40),
    sessionToken: `SIM.${Buffer.from(JSON.stringify(session)).toString('base64url')}`,
    principal: sessionPrincipal(accountId, session, ''),
  };
}

function principalOf(accessKeyId: string, accountId: string, token: string | undefined): Principal {
  if (accessKeyId.startsWith('AKIA')) {
    const arn = `arn:aws:iam::${accountId}:user/simulated`;
    return { arn, userId: `AIDASIM${accountId}`, name: 'simulated', accessKeyId };
  }
  return sessionPrincipal(accountId, readToken(token), accessKeyId);
}

function sessionPrincipal(accountId: string, { role, name }: Session, accessKeyId: string): Principal {
  const arn = `arn:aws:sts::${accountId}:assumed-role/${role}/${name}`;
  return { arn, userId: `AROASIM${accountId}:${name}`, name, accessKeyId };
}

function readToken(token: string | undefined): Session {
  const unnamed = { role: 'unnamed', name: 'session' };
  if (!token?.startsWith('SIM.')) return unnamed;
  try {
    return {
      ...unnamed,
      ...(JSON.parse(Buffer.from(token.slice(4), 'base64url').toString()) as Partial<Session>),
    };
  } catch {
    return unnamed;
  }
}
