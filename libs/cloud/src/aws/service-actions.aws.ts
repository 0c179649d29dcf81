import type {
  BucketActions,
  DatabaseActions,
  DatabaseStorage,
  FunctionActions,
  LoadBalancerActions,
  LogGroupActions,
} from '../ports/actions.port.js';
import type {
  LifecycleRule,
  LiveBucket,
  LiveDatabase,
  LiveFunction,
  LiveLoadBalancer,
  LiveLogGroup,
} from '../ports/live-state.js';
import { bucketLifecycle, lifecycleForPut } from './buckets.aws.js';
import type { AwsCaller } from './caller.js';
import { describeFunction, listLogGroups, orMissing } from './functions-and-logs.aws.js';
import { describeLoadBalancer } from './load-balancers.aws.js';
import { liveDatabase } from './services.mapping.js';

/** Databases through RDS. */
export class AwsDatabases implements DatabaseActions {
  constructor(private readonly aws: AwsCaller) {}

  async describe(id: string): Promise<LiveDatabase | undefined> {
    const answer = await orMissing(
      this.aws.send('rds', (sdk) => new sdk.DescribeDBInstancesCommand({ DBInstanceIdentifier: id })),
    );
    const found = answer?.DBInstances?.[0];
    return found && liveDatabase(found);
  }

  async stop(id: string): Promise<void> {
    await this.aws.send('rds', (sdk) => new sdk.StopDBInstanceCommand({ DBInstanceIdentifier: id }));
  }

  async start(id: string): Promise<void> {
    await this.aws.send('rds', (sdk) => new sdk.StartDBInstanceCommand({ DBInstanceIdentifier: id }));
  }

  async modifyStorage(id: string, storage: DatabaseStorage): Promise<void> {
    await this.aws.send(
      'rds',
      (sdk) =>
        new sdk.ModifyDBInstanceCommand({
          DBInstanceIdentifier: id,
          StorageType: storage.storageType,
          AllocatedStorage: storage.allocatedStorageGiB,
          Iops: storage.iops,
          StorageThroughput: storage.storageThroughputMiBps,
          ApplyImmediately: true,
        }),
    );
  }
}

/** Lambda functions. */
export class AwsFunctions implements FunctionActions {
  constructor(private readonly aws: AwsCaller) {}

  describe(name: string): Promise<LiveFunction | undefined> {
    return describeFunction(this.aws, name);
  }

  async putConcurrency(name: string, reserved: number): Promise<void> {
    await this.aws.send(
      'lambda',
      (sdk) =>
        new sdk.PutFunctionConcurrencyCommand({ FunctionName: name, ReservedConcurrentExecutions: reserved }),
    );
  }

  async deleteConcurrency(name: string): Promise<void> {
    await this.aws.send('lambda', (sdk) => new sdk.DeleteFunctionConcurrencyCommand({ FunctionName: name }));
  }
}

/** S3 buckets: only their lifecycle configuration is ever changed. */
export class AwsBuckets implements BucketActions {
  constructor(private readonly aws: AwsCaller) {}

  async describe(name: string): Promise<LiveBucket | undefined> {
    const there = await orMissing(this.aws.send('s3', (sdk) => new sdk.HeadBucketCommand({ Bucket: name })));
    return there && { name, lifecycleRules: await bucketLifecycle(this.aws, name) };
  }

  async putLifecycle(name: string, rules: readonly LifecycleRule[]): Promise<void> {
    await this.aws.send(
      's3',
      (sdk) =>
        new sdk.PutBucketLifecycleConfigurationCommand({
          Bucket: name,
          LifecycleConfiguration: { Rules: lifecycleForPut(rules) },
        }),
    );
  }

  async deleteLifecycle(name: string): Promise<void> {
    await this.aws.send('s3', (sdk) => new sdk.DeleteBucketLifecycleCommand({ Bucket: name }));
  }
}

/** Application, network and gateway load balancers. */
export class AwsLoadBalancers implements LoadBalancerActions {
  constructor(private readonly aws: AwsCaller) {}

  describe(arn: string): Promise<LiveLoadBalancer | undefined> {
    return describeLoadBalancer(this.aws, arn);
  }

  async delete(arn: string): Promise<void> {
    await this.aws.send('elb', (sdk) => new sdk.DeleteLoadBalancerCommand({ LoadBalancerArn: arn }));
  }
}

/** CloudWatch log groups: only their retention is ever changed. */
export class AwsLogGroups implements LogGroupActions {
  constructor(private readonly aws: AwsCaller) {}

  async describe(name: string): Promise<LiveLogGroup | undefined> {
    for await (const group of listLogGroups(this.aws, name)) if (group.name === name) return group;
    return undefined;
  }

  async putRetention(name: string, days: number): Promise<void> {
    await this.aws.send(
      'logs',
      (sdk) => new sdk.PutRetentionPolicyCommand({ logGroupName: name, retentionInDays: days }),
    );
  }

  async deleteRetention(name: string): Promise<void> {
    await this.aws.send('logs', (sdk) => new sdk.DeleteRetentionPolicyCommand({ logGroupName: name }));
  }
}
