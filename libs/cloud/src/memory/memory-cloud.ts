import type { ChangeTrail, CostExplorer, Identity, PriceList } from '../ports/account.port.js';
import { CloudActions } from '../ports/actions.port.js';
import type { RequestCount } from '../ports/cloud.port.js';
import { Cloud, CloudProvider } from '../ports/cloud.port.js';
import type { Inventory } from '../ports/inventory.port.js';
import type { Metrics } from '../ports/metrics.port.js';
import type { CloudScope, Tags } from '../ports/scope.js';
import { MemoryCostExplorer, MemoryIdentity, MemoryPriceList } from './memory-account.js';
import { MemoryAddresses, MemoryInstances, MemorySnapshots, MemoryVolumes } from './memory-ec2-actions.js';
import { MemoryChangeTrail, MemoryInventory, MemoryMetrics } from './memory-inventory.js';
import {
  MemoryBuckets,
  MemoryDatabases,
  MemoryFunctions,
  MemoryLoadBalancers,
  MemoryLogGroups,
} from './memory-service-actions.js';
import { MemoryWorld } from './memory-world.js';

/** A cloud in memory with the behaviour that the contract suite asks of every cloud. Arrange it through `world`. */
export class MemoryCloud extends Cloud {
  readonly world = new MemoryWorld();
  private readonly acts = new Map<string, CloudActions>();

  override inventory(scope: CloudScope): Inventory {
    return new MemoryInventory(this.world, scope);
  }

  override metrics(scope: CloudScope): Metrics {
    return new MemoryMetrics(this.world, scope);
  }

  override changes(scope: CloudScope): ChangeTrail {
    return new MemoryChangeTrail(this.world, scope);
  }

  /** The same object for the same scope: client tokens and counters live in it. */
  override actions({ accountId, region }: CloudScope): CloudActions {
    const key = `${accountId} ${region}`;
    const actions = this.acts.get(key) ?? new MemoryActions(this.world, { accountId, region });
    this.acts.set(key, actions);
    return actions;
  }

  override identity(accountId: string): Identity {
    return new MemoryIdentity(this.world, { accountId, region: 'us-east-1' });
  }

  override prices(accountId: string): PriceList {
    return new MemoryPriceList(this.world, { accountId, region: 'us-east-1' });
  }

  override costs(accountId: string): CostExplorer {
    return new MemoryCostExplorer(this.world, { accountId, region: 'us-east-1' });
  }

  override requests(): RequestCount[] {
    return this.world.requests();
  }

  override close(): void {
    // Nothing is open.
  }
}

/** Gives one cloud in memory, whatever access is asked for. */
export class MemoryCloudProvider extends CloudProvider {
  constructor(readonly cloud = new MemoryCloud()) {
    super();
  }

  override open(): Cloud {
    return this.cloud;
  }

  override close(): void {
    // Nothing is open.
  }
}

class MemoryActions extends CloudActions {
  constructor(
    private readonly world: MemoryWorld,
    private readonly scope: CloudScope,
  ) {
    super({
      instances: new MemoryInstances(world, scope),
      volumes: new MemoryVolumes(world, scope),
      snapshots: new MemorySnapshots(world, scope),
      addresses: new MemoryAddresses(world, scope),
      databases: new MemoryDatabases(world, scope, 'rds'),
      functions: new MemoryFunctions(world, scope, 'lambda'),
      buckets: new MemoryBuckets(world, scope, 's3'),
      loadBalancers: new MemoryLoadBalancers(world, scope, 'elb'),
      logGroups: new MemoryLogGroups(world, scope, 'logs'),
    });
  }

  override async tag(ids: readonly string[], tags: Tags): Promise<void> {
    const { instances, volumes, snapshots, addresses } = this.world.at(this.scope);
    const maps = [instances, volumes, snapshots, addresses] as Map<string, { tags: Tags }>[];
    await this.world.effect(this.scope, 'ec2', 'CreateTags', ids.join(' '), () => {
      for (const map of maps) {
        for (const id of ids) {
          const found = map.get(id);
          if (found) map.set(id, { ...found, tags: { ...found.tags, ...tags } });
        }
      }
    });
  }
}
