import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import { AppError } from '@trimtab/kernel';
import type { RequestCount } from '../ports/cloud.port.js';
import type { CloudAccess } from '../ports/cloud.port.js';
import type { AccountAccess, CloudScope, Purpose } from '../ports/scope.js';
import { assumedRole, baseCredentials, remembered, roleFor, simulatedCredentials } from './credentials.js';
import type { CredentialSource } from './credentials.js';
import { Pace } from './pacing.js';
import { loadSdk, sdks } from './sdks.js';
import type { AnyClient, AwsService } from './sdks.js';

export interface SessionOptions extends CloudAccess {
  /** Attempts of one request, the first included. */
  readonly maxAttempts?: number;
  /** Instead of the environment's or the simulated ones. */
  readonly baseCredentials?: CredentialSource;
}

/**
 * Clients, paces and credentials per account, region and purpose. Clients are made when first used and share their
 * connections; role credentials are refreshed before they expire.
 */
export class AwsSessions {
  private readonly clients = new Map<string, Promise<AnyClient>>();
  private readonly paces = new Map<string, Pace>();
  private readonly credentials = new Map<string, CredentialSource>();
  private readonly counts = new Map<string, RequestCount>();
  private readonly httpAgent = new HttpAgent({ keepAlive: true, maxSockets: 64 });
  private readonly httpsAgent = new HttpsAgent({ keepAlive: true, maxSockets: 64 });
  private readonly base: CredentialSource;

  constructor(private readonly options: SessionOptions) {
    this.base = remembered(options.baseCredentials ?? baseCredentials());
  }

  /**
   * `sends: 'once'` gives a client that never repeats a request: most effects take no client token, so that a request
   * whose answer was lost may have had its effect.
   */
  client(
    service: AwsService,
    scope: CloudScope,
    purpose: Purpose,
    sends: 'once' | 'again' = 'again',
  ): Promise<AnyClient> {
    const key = [service, scope.accountId, scope.region, purpose, sends].join(' ');
    const maxAttempts = sends === 'once' ? 1 : (this.options.maxAttempts ?? 6);
    const client = this.clients.get(key) ?? this.open(service, scope, purpose, maxAttempts);
    this.clients.set(key, client);
    return client;
  }

  /** One pace for reads and effects: AWS counts them against the same limit. */
  pace(service: AwsService, scope: CloudScope): Pace {
    const key = [service, scope.accountId, scope.region].join(' ');
    const { concurrency, requestsPerSecond } = sdks[service];
    const limits = { concurrency, requestsPerSecond: this.options.endpoint ? Infinity : requestsPerSecond };
    const pace = this.paces.get(key) ?? new Pace(limits);
    this.paces.set(key, pace);
    return pace;
  }

  count(request: RequestCount): void {
    const key = [request.accountId, request.region, request.service, request.operation].join(' ');
    const before = this.counts.get(key)?.count ?? 0;
    this.counts.set(key, { ...request, count: before + request.count });
  }

  requests(): RequestCount[] {
    return [...this.counts.values()];
  }

  close(): void {
    for (const client of this.clients.values())
      void client.then((open) => open.destroy()).catch(() => undefined);
    this.clients.clear();
    this.httpAgent.destroy();
    this.httpsAgent.destroy();
  }

  private async open(
    service: AwsService,
    scope: CloudScope,
    purpose: Purpose,
    maxAttempts: number,
  ): Promise<AnyClient> {
    const credentials = this.credentialsFor(scope, purpose);
    const module = (await loadSdk(service)) as unknown as Record<string, new (config: object) => AnyClient>;
    const Client = module[sdks[service].client];
    if (!Client) throw new Error(`@aws-sdk has no ${sdks[service].client}`);
    return new Client({
      region: scope.region,
      credentials,
      maxAttempts,
      retryMode: 'standard',
      // Compressed request bodies trouble endpoints that are not AWS.
      disableRequestCompression: true,
      requestHandler: {
        httpAgent: this.httpAgent,
        httpsAgent: this.httpsAgent,
        connectionTimeout: 5_000,
        requestTimeout: 60_000,
        throwOnRequestTimeout: true,
      },
      ...(this.options.endpoint ? { endpoint: this.options.endpoint, forcePathStyle: true } : {}),
    });
  }

  private credentialsFor(scope: CloudScope, purpose: Purpose): CredentialSource {
    const key = `${scope.accountId} ${purpose}`;
    const source =
      this.credentials.get(key) ?? this.sourceFor(this.account(scope.accountId), scope.region, purpose);
    this.credentials.set(key, source);
    return source;
  }

  private sourceFor(account: AccountAccess, region: string, purpose: Purpose): CredentialSource {
    const { endpoint } = this.options;
    const own = this.options.baseCredentials ? this.base : simulatedCredentials(account.id);
    const base = endpoint ? own : this.base;
    const roleArn = roleFor(account, purpose);
    if (!roleArn) return base;
    return remembered(assumedRole(base, { roleArn, purpose, region, endpoint }));
  }

  private account(id: string): AccountAccess {
    const account = this.options.accounts.find((known) => known.id === id);
    if (account) return account;
    throw new AppError('cloud.unknown-account', `Account ${id} is not in the settings (cloud.accounts).`);
  }
}
