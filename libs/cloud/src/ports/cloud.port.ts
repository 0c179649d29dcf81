import type { ChangeTrail, CostExplorer, Identity, PriceList } from './account.port.js';
import type { CloudActions } from './actions.port.js';
import type { Inventory } from './inventory.port.js';
import type { Metrics } from './metrics.port.js';
import type { AccountAccess, CloudScope } from './scope.js';

/** Requests of one operation; `mutating` tells effects from reads. Retries of the SDK count. */
export interface RequestCount {
  readonly accountId: string;
  readonly region: string;
  readonly service: string;
  readonly operation: string;
  readonly mutating: boolean;
  readonly count: number;
}

/** Told of every request that went out; retries inside the SDK count as requests of their own. */
export type RequestMeter = (request: RequestCount) => void;

/** The accounts of one organisation behind one endpoint. Nothing is sent before a method of a port is called. */
export abstract class Cloud {
  abstract inventory(scope: CloudScope, meter?: RequestMeter): Inventory;
  abstract metrics(scope: CloudScope, meter?: RequestMeter): Metrics;
  abstract changes(scope: CloudScope, meter?: RequestMeter): ChangeTrail;
  /** Uses the account's act role. */
  abstract actions(scope: CloudScope, meter?: RequestMeter): CloudActions;
  abstract identity(accountId: string, region?: string): Identity;
  abstract prices(accountId: string): PriceList;
  abstract costs(accountId: string, meter?: RequestMeter): CostExplorer;
  /** All requests so far, by account, region, service and operation. */
  abstract requests(): RequestCount[];
  abstract close(): void;
}

export interface CloudAccess {
  /** Endpoint of every API (a simulated account); absent = AWS. */
  readonly endpoint?: string;
  readonly accounts: readonly AccountAccess[];
}

/** Opens clouds; the same access gives the same cloud, so that connections and credentials are shared by tasks. */
export abstract class CloudProvider {
  abstract open(access: CloudAccess): Cloud;
  abstract close(): void;
}
