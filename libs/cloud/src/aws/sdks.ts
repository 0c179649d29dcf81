/**
 * The SDK modules by service. Importing all of them costs 0.7 s and 128 MB, so each is loaded when it is first used.
 * `requestsPerSecond` stays below AWS's published or observed limits per account and region, so that a scan leaves
 * room for the account's own work; what is throttled all the same, the SDK sends again with exponential backoff. Its
 * adaptive mode is left out: after a few throttled answers it allows about one request in two seconds.
 */
export const sdks = {
  ec2: {
    load: () => import('@aws-sdk/client-ec2'),
    client: 'EC2Client',
    requestsPerSecond: 20,
    concurrency: 8,
  },
  rds: {
    load: () => import('@aws-sdk/client-rds'),
    client: 'RDSClient',
    requestsPerSecond: 10,
    concurrency: 4,
  },
  lambda: {
    load: () => import('@aws-sdk/client-lambda'),
    client: 'LambdaClient',
    requestsPerSecond: 10,
    concurrency: 8,
  },
  s3: { load: () => import('@aws-sdk/client-s3'), client: 'S3Client', requestsPerSecond: 50, concurrency: 8 },
  elb: {
    load: () => import('@aws-sdk/client-elastic-load-balancing-v2'),
    client: 'ElasticLoadBalancingV2Client',
    requestsPerSecond: 10,
    concurrency: 4,
  },
  cloudwatch: {
    load: () => import('@aws-sdk/client-cloudwatch'),
    client: 'CloudWatchClient',
    requestsPerSecond: 25,
    concurrency: 3,
  },
  logs: {
    load: () => import('@aws-sdk/client-cloudwatch-logs'),
    client: 'CloudWatchLogsClient',
    requestsPerSecond: 5,
    concurrency: 4,
  },
  cloudtrail: {
    load: () => import('@aws-sdk/client-cloudtrail'),
    client: 'CloudTrailClient',
    requestsPerSecond: 2,
    concurrency: 2,
  },
  pricing: {
    load: () => import('@aws-sdk/client-pricing'),
    client: 'PricingClient',
    requestsPerSecond: 10,
    concurrency: 4,
  },
  'cost-explorer': {
    load: () => import('@aws-sdk/client-cost-explorer'),
    client: 'CostExplorerClient',
    requestsPerSecond: 4,
    concurrency: 2,
  },
  sts: {
    load: () => import('@aws-sdk/client-sts'),
    client: 'STSClient',
    requestsPerSecond: 10,
    concurrency: 4,
  },
} as const;

export type AwsService = keyof typeof sdks;
export type Sdk<S extends AwsService> = Awaited<ReturnType<(typeof sdks)[S]['load']>>;

/** What a command of any SDK client looks like to the caller. */
export interface CommandOf<Output> {
  // The SDK's own types are as loose here: a command fits only its client's stack and configuration.
  // eslint-disable-next-line @typescript-eslint/no-explicit-any
  resolveMiddleware(stack: any, configuration: any, options: any): (args: any) => Promise<{ output: Output }>;
}

/** A client of any service, as far as the caller needs it. */
export interface AnyClient {
  send(
    command: object,
    options?: { abortSignal?: AbortSignal },
  ): Promise<{ $metadata?: { attempts?: number } }>;
  destroy(): void;
}

const loaded = new Map<AwsService, Promise<unknown>>();

/** The module of a service, imported once. */
export function loadSdk<S extends AwsService>(service: S): Promise<Sdk<S>> {
  const module = loaded.get(service) ?? sdks[service].load();
  loaded.set(service, module);
  return module as Promise<Sdk<S>>;
}
