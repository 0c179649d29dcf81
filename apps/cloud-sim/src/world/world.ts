import type {
  Instance,
  Volume,
  Snapshot,
  Image,
  Address,
  Database,
  LambdaFunction,
  Bucket,
  LoadBalancer,
  TargetGroup,
  LogGroup,
} from './resources.js';

export type * from './resources.js';

/**
 * The state of the simulated AWS company. The generator makes it from a seed, the API handlers read and change it.
 * Times are epoch milliseconds UTC; sizes are in the unit of the AWS field they feed.
 */
export interface World {
  readonly seed: number;
  /** The moment that the company was generated for: metrics and costs end here. */
  readonly now: number;
  readonly accounts: readonly Account[];
  readonly regions: readonly string[];
  readonly instanceTypes: readonly InstanceType[];
  readonly prices: readonly Price[];
  /** Resources by id within their kind; act commands change these maps. */
  readonly instances: Map<string, Instance>;
  readonly volumes: Map<string, Volume>;
  readonly snapshots: Map<string, Snapshot>;
  readonly images: Map<string, Image>;
  readonly addresses: Map<string, Address>;
  readonly databases: Map<string, Database>;
  readonly functions: Map<string, LambdaFunction>;
  readonly buckets: Map<string, Bucket>;
  readonly loadBalancers: Map<string, LoadBalancer>;
  readonly targetGroups: Map<string, TargetGroup>;
  readonly logGroups: Map<string, LogGroup>;
  readonly trail: TrailEvent[];
  /** Daily cost rows of the last 120 full days, oldest first. */
  readonly costs: readonly CostRow[];
  readonly truth: PlantedTruth;
}

export interface Account {
  readonly id: string;
  readonly name: string;
}

export interface TrailEvent {
  readonly accountId: string;
  readonly region: string;
  readonly eventId: string;
  readonly eventName: string;
  readonly eventSource: string;
  readonly eventTime: number;
  readonly username: string;
  readonly resources: readonly { readonly type: string; readonly name: string }[];
}

export interface InstanceType {
  readonly name: string;
  readonly vcpu: number;
  readonly memoryMiB: number;
  readonly architecture: 'x86_64' | 'arm64';
  readonly clockGHz: number;
  readonly currentGeneration: boolean;
  readonly burstable: boolean;
  readonly hypervisor: 'nitro' | 'xen';
  /** Baseline figures, Mbit/s. */
  readonly networkBaselineMbps: number;
  readonly networkPeakMbps: number;
  readonly ebsBaselineMbps: number;
  readonly ebsBaselineIops: number;
  readonly instanceStorage: boolean;
}

/** One line of the simulated price list; list prices of us-east-1 are AWS's, other regions are a documented factor. */
export interface Price {
  readonly service: string;
  readonly region: string;
  readonly productFamily: string;
  readonly usageType: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly unit: string;
  /** Decimal text, USD per unit. */
  readonly usd: string;
}

export interface CostRow {
  /** `YYYY-MM-DD`, UTC. */
  readonly day: string;
  readonly accountId: string;
  readonly region: string;
  /** Cost Explorer's SERVICE value, for example `Amazon Elastic Compute Cloud - Compute`. */
  readonly service: string;
  readonly usageType: string;
  readonly usageQuantity: number;
  readonly usageUnit: string;
  /** Decimal texts, USD. */
  readonly unblendedCost: string;
  readonly amortizedCost: string;
  readonly recordType: 'Usage' | 'Tax' | 'SavingsPlanRecurringFee' | 'Credit';
}

/** What was planted, for tests only: the product never sees this. */
export interface PlantedTruth {
  readonly waste: readonly {
    readonly check: string;
    readonly resourceId: string;
    readonly accountId: string;
    readonly region: string;
  }[];
  readonly anomalies: readonly PlantedAnomaly[];
  readonly budget: {
    readonly name: string;
    readonly accountId?: string;
    readonly monthlyLimitUsd: string;
    readonly willExceed: boolean;
  };
}

export interface PlantedAnomaly {
  readonly accountId: string;
  readonly service: string;
  readonly region: string;
  readonly usageType: string;
  readonly start: string;
  readonly end: string;
  /** Sum of extra USD over the period. */
  readonly extraUsd: number;
  readonly kind: 'spike' | 'level-shift' | 'drift';
}
