import { canonicalJson } from '@trimtab/kernel';
import type { ChangeTrail, CostExplorer, Identity, PriceList } from '../ports/account.port.js';
import { CloudActions } from '../ports/actions.port.js';
import type { CloudAccess, RequestCount, RequestMeter } from '../ports/cloud.port.js';
import { Cloud, CloudProvider } from '../ports/cloud.port.js';
import type { Inventory } from '../ports/inventory.port.js';
import type { Metrics } from '../ports/metrics.port.js';
import type { CloudScope, Purpose, Tags } from '../ports/scope.js';
import { AwsChangeTrail, AwsCostExplorer, AwsIdentity, AwsPriceList } from './account.aws.js';
import { AwsCaller } from './caller.js';
import { tagList } from './ec2.mapping.js';
import { AwsAddresses, AwsInstances, AwsSnapshots, AwsVolumes } from './ec2-actions.aws.js';
import { AwsInventory } from './inventory.aws.js';
import { AwsMetrics } from './metrics.aws.js';
import {
  AwsBuckets,
  AwsDatabases,
  AwsFunctions,
  AwsLoadBalancers,
  AwsLogGroups,
} from './service-actions.aws.js';
import { AwsSessions } from './sessions.js';
import type { SessionOptions } from './sessions.js';

/** Region that serves the APIs that belong to no region: price list, cost explorer, identity. */
const GLOBAL_REGION = 'us-east-1';

/** AWS, or a simulated AWS behind `endpoint`. */
export class AwsCloud extends Cloud {
  private readonly sessions: AwsSessions;

  constructor(options: SessionOptions) {
    super();
    this.sessions = new AwsSessions(options);
  }

  override inventory(scope: CloudScope, meter?: RequestMeter): Inventory {
    return new AwsInventory(this.caller(scope, 'read', meter));
  }

  override metrics(scope: CloudScope, meter?: RequestMeter): Metrics {
    return new AwsMetrics(this.caller(scope, 'read', meter));
  }

  override changes(scope: CloudScope, meter?: RequestMeter): ChangeTrail {
    return new AwsChangeTrail(this.caller(scope, 'read', meter));
  }

  override actions(scope: CloudScope, meter?: RequestMeter): CloudActions {
    return new AwsActions(this.caller(scope, 'act', meter));
  }

  override identity(accountId: string, region = GLOBAL_REGION): Identity {
    return new AwsIdentity(this.caller({ accountId, region }, 'read'));
  }

  override prices(accountId: string): PriceList {
    return new AwsPriceList(this.caller({ accountId, region: GLOBAL_REGION }, 'read'));
  }

  override costs(accountId: string, meter?: RequestMeter): CostExplorer {
    return new AwsCostExplorer(this.caller({ accountId, region: GLOBAL_REGION }, 'read', meter));
  }

  override requests(): RequestCount[] {
    return this.sessions.requests();
  }

  override close(): void {
    this.sessions.close();
  }

  private caller(scope: CloudScope, purpose: Purpose, meter?: RequestMeter): AwsCaller {
    return new AwsCaller(this.sessions, { accountId: scope.accountId, region: scope.region }, purpose, meter);
  }
}

/** Effects through the SDK, with the credentials of the account's act role. */
class AwsActions extends CloudActions {
  constructor(private readonly aws: AwsCaller) {
    super({
      instances: new AwsInstances(aws),
      volumes: new AwsVolumes(aws),
      snapshots: new AwsSnapshots(aws),
      addresses: new AwsAddresses(aws),
      databases: new AwsDatabases(aws),
      functions: new AwsFunctions(aws),
      buckets: new AwsBuckets(aws),
      loadBalancers: new AwsLoadBalancers(aws),
      logGroups: new AwsLogGroups(aws),
    });
  }

  override async tag(ids: readonly string[], tags: Tags): Promise<void> {
    await this.aws.send(
      'ec2',
      (sdk) => new sdk.CreateTagsCommand({ Resources: [...ids], Tags: tagList(tags) }),
    );
  }
}

/** Keeps one `AwsCloud` per access, so that the tasks of a service share connections, paces and credentials. */
export class AwsCloudProvider extends CloudProvider {
  private readonly clouds = new Map<string, AwsCloud>();

  override open(access: CloudAccess): Cloud {
    const key = canonicalJson({ endpoint: access.endpoint, accounts: access.accounts });
    const cloud =
      this.clouds.get(key) ?? new AwsCloud({ endpoint: access.endpoint, accounts: access.accounts });
    this.clouds.set(key, cloud);
    return cloud;
  }

  override close(): void {
    for (const cloud of this.clouds.values()) cloud.close();
    this.clouds.clear();
  }
}
