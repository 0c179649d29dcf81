import type { Random } from './random.js';
import type { Account } from './world.js';

export const PRODUCTION: Account = { id: '111122223333', name: 'production' };
export const DEVELOPMENT: Account = { id: '444455556666', name: 'development' };
export const REGIONS = ['us-east-1', 'us-west-2', 'eu-west-1'] as const;

/** A place where resources live, with its share of the company's ordinary resources. */
export interface Scope {
  readonly accountId: string;
  readonly region: string;
  readonly share: number;
}

export const SCOPES: readonly Scope[] = [
  { accountId: PRODUCTION.id, region: 'us-east-1', share: 0.34 },
  { accountId: PRODUCTION.id, region: 'eu-west-1', share: 0.18 },
  { accountId: PRODUCTION.id, region: 'us-west-2', share: 0.16 },
  { accountId: DEVELOPMENT.id, region: 'us-east-1', share: 0.16 },
  { accountId: DEVELOPMENT.id, region: 'us-west-2', share: 0.08 },
  { accountId: DEVELOPMENT.id, region: 'eu-west-1', share: 0.08 },
];

const REGION_CODES: Record<string, string> = {
  'us-east-1': 'use1',
  'us-west-2': 'usw2',
  'eu-west-1': 'euw1',
};
export const regionCode = (region: string): string => REGION_CODES[region] ?? region;
export const isProduction = (accountId: string): boolean => accountId === PRODUCTION.id;

/** The company sells things on the web: each service has one team and one cost centre. */
export const SERVICES = [
  { service: 'checkout', team: 'payments', costCenter: 'cc-1100' },
  { service: 'billing', team: 'payments', costCenter: 'cc-1100' },
  { service: 'catalog', team: 'storefront', costCenter: 'cc-1200' },
  { service: 'search', team: 'storefront', costCenter: 'cc-1200' },
  { service: 'orders', team: 'fulfilment', costCenter: 'cc-1300' },
  { service: 'inventory', team: 'fulfilment', costCenter: 'cc-1300' },
  { service: 'identity', team: 'platform', costCenter: 'cc-2000' },
  { service: 'ci', team: 'platform', costCenter: 'cc-2000' },
  { service: 'media', team: 'content', costCenter: 'cc-1400' },
  { service: 'recommendations', team: 'data', costCenter: 'cc-3000' },
  { service: 'warehouse', team: 'data', costCenter: 'cc-3000' },
  { service: 'notifications', team: 'growth', costCenter: 'cc-1500' },
] as const;
export type Service = (typeof SERVICES)[number];

export interface Place {
  readonly scope: Scope;
  readonly env: string;
  readonly service: Service;
  readonly tags: Record<string, string>;
}

/** A random service in a given scope, with the tags that everything of the company carries. */
export function placeIn(rnd: Random, scope: Scope): Place {
  const service = rnd.pick(SERVICES);
  const env = isProduction(scope.accountId) ? 'prod' : rnd.pick(['dev', 'staging']);
  const tags = { env, team: service.team, service: service.service, 'cost-center': service.costCenter };
  return { scope, env, service, tags };
}

/** Spreads `count` ordinary resources over the scopes by their share. */
export function spread(count: number): Scope[] {
  const credit = SCOPES.map(() => 0);
  return Array.from({ length: count }, () => {
    SCOPES.forEach((scope, i) => (credit[i] = (credit[i] ?? 0) + scope.share));
    const best = credit.indexOf(Math.max(...credit));
    credit[best] = (credit[best] ?? 0) - 1;
    return SCOPES[best] as Scope;
  });
}

/** One planted or special case per entry, over accounts and regions in turn. */
export const scopeAt = (index: number): Scope => SCOPES[index % SCOPES.length] as Scope;
