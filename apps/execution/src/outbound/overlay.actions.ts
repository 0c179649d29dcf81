import { CloudActions } from '@trimtab/cloud';
import type {
  BucketActions,
  DatabaseActions,
  DatabaseStorage,
  FunctionActions,
  LifecycleRule,
  LiveBucket,
  LiveDatabase,
  LiveFunction,
  LiveLoadBalancer,
  LiveLogGroup,
  LoadBalancerActions,
  LogGroupActions,
} from '@trimtab/cloud';
import {
  OverlayAddresses,
  OverlayInstances,
  OverlaySnapshots,
  OverlayVolumes,
} from './overlay-ec2.actions.js';
import { definedOf, Overlay } from './overlay.js';

/** The effect port of a dry run: reads what is live, keeps what each effect would leave, and sends no effect. */
export class OverlayActions extends CloudActions {
  constructor(live: CloudActions) {
    const volumes = new OverlayVolumes(live);
    super({
      instances: new OverlayInstances(live, volumes),
      volumes,
      snapshots: new OverlaySnapshots(live),
      addresses: new OverlayAddresses(live),
      databases: new OverlayDatabases(live),
      functions: new OverlayFunctions(live),
      buckets: new OverlayBuckets(live),
      loadBalancers: new OverlayLoadBalancers(live),
      logGroups: new OverlayLogGroups(live),
    });
  }

  /** No action sets tags by themselves: what an action makes gets its tags when it is made. */
  override tag(): Promise<void> {
    return Promise.resolve();
  }
}

class OverlayDatabases implements DatabaseActions {
  private readonly overlay: Overlay<LiveDatabase>;

  constructor(live: CloudActions) {
    this.overlay = new Overlay((id) => live.databases.describe(id));
  }

  describe(id: string): Promise<LiveDatabase | undefined> {
    return this.overlay.read(id);
  }

  stop(id: string): Promise<void> {
    return this.overlay.change(id, (before) => ({ ...before, status: 'stopped' }));
  }

  start(id: string): Promise<void> {
    return this.overlay.change(id, (before) => ({ ...before, status: 'available' }));
  }

  modifyStorage(id: string, storage: DatabaseStorage): Promise<void> {
    return this.overlay.change(id, (before) => ({ ...before, ...definedOf(storage) }));
  }
}

class OverlayFunctions implements FunctionActions {
  private readonly overlay: Overlay<LiveFunction>;

  constructor(live: CloudActions) {
    this.overlay = new Overlay((name) => live.functions.describe(name));
  }

  describe(name: string): Promise<LiveFunction | undefined> {
    return this.overlay.read(name);
  }

  putConcurrency(name: string, reservedConcurrency: number): Promise<void> {
    return this.overlay.change(name, (before) => ({ ...before, reservedConcurrency }));
  }

  deleteConcurrency(name: string): Promise<void> {
    return this.overlay.change(name, ({ reservedConcurrency: _gone, ...before }) => before);
  }
}

class OverlayBuckets implements BucketActions {
  private readonly overlay: Overlay<LiveBucket>;

  constructor(live: CloudActions) {
    this.overlay = new Overlay((name) => live.buckets.describe(name));
  }

  describe(name: string): Promise<LiveBucket | undefined> {
    return this.overlay.read(name);
  }

  putLifecycle(name: string, lifecycleRules: readonly LifecycleRule[]): Promise<void> {
    return this.overlay.change(name, (before) => ({ ...before, lifecycleRules }));
  }

  deleteLifecycle(name: string): Promise<void> {
    return this.overlay.change(name, ({ lifecycleRules: _gone, ...before }) => before);
  }
}

class OverlayLoadBalancers implements LoadBalancerActions {
  private readonly overlay: Overlay<LiveLoadBalancer>;

  constructor(live: CloudActions) {
    this.overlay = new Overlay((arn) => live.loadBalancers.describe(arn));
  }

  describe(arn: string): Promise<LiveLoadBalancer | undefined> {
    return this.overlay.read(arn);
  }

  delete(arn: string): Promise<void> {
    return this.overlay.change(arn, () => undefined);
  }
}

class OverlayLogGroups implements LogGroupActions {
  private readonly overlay: Overlay<LiveLogGroup>;

  constructor(live: CloudActions) {
    this.overlay = new Overlay((name) => live.logGroups.describe(name));
  }

  describe(name: string): Promise<LiveLogGroup | undefined> {
    return this.overlay.read(name);
  }

  putRetention(name: string, retentionInDays: number): Promise<void> {
    return this.overlay.change(name, (before) => ({ ...before, retentionInDays }));
  }

  deleteRetention(name: string): Promise<void> {
    return this.overlay.change(name, ({ retentionInDays: _gone, ...before }) => before);
  }
}
