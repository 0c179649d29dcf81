import type pg from 'pg';
import type { Lease } from '../log/event-log.port.js';
import { LeaseTable } from './lease-table.js';
import type { LeaseListener, LeaseOptions, LostReason } from './leases.port.js';
import { fairShare } from './fair-share.js';
import { SessionLock } from './session-lock.js';

const DEFAULT_LEASE_MS = 15_000;
const LOOK_MS = 1_000;

/**
 * Shares the partitions of a log among the live instances. Each instance renews its leases, gives away what exceeds
 * its share and takes what is free or expired, all by the database's clock; every acquisition raises the epoch, which
 * fences the former owner. Losing Postgres for a while loses no lease that nobody else has taken. An instance whose
 * process has died is not waited for: the lock of its session is free (`SessionLock`).
 */
export class PartitionLeases {
  private readonly table: LeaseTable;
  private readonly held = new Map<number, Lease>();
  private readonly renewMs: number;
  private readonly lookMs: number;
  private readonly lock: SessionLock;
  private timer: NodeJS.Timeout | undefined;
  private balancedAtMs = 0;
  /** Instances whose lock was free at the last look. */
  private suspects = new Set<string>();
  private instances = 0;
  private round: Promise<void> = Promise.resolve();
  private stopped = false;

  constructor(
    pool: pg.Pool,
    private readonly options: LeaseOptions,
    private readonly listener: LeaseListener,
  ) {
    const leaseMs = options.leaseMs ?? DEFAULT_LEASE_MS;
    this.table = new LeaseTable(pool, options.schema, options.instanceId, leaseMs);
    this.renewMs = options.renewMs ?? leaseMs / 3;
    this.lookMs = Math.min(options.lookMs ?? LOOK_MS, this.renewMs);
    this.lock = new SessionLock(pool, `instance ${options.schema} ${options.instanceId}`);
  }

  get leases(): readonly Lease[] {
    return [...this.held.values()];
  }

  /** Leases from now on; resolves after the first round. */
  async start(): Promise<void> {
    await this.look();
    await this.balance();
    this.schedule();
  }

  /** One round now: renew, give away, take. Rounds never overlap. */
  balance(): Promise<void> {
    this.round = this.round.then(() => this.renewGiveTake()).catch((error) => this.options.onError?.(error));
    return this.round;
  }

  /**
   * Buries instances whose lock was free twice in a row, since one whose connection was cut takes it again at once, and
   * balances when partitions are free, instances have come or gone, or it is time to.
   */
  async look(): Promise<void> {
    try {
      const { unlocked, instances, free } = await this.table.look();
      if (this.stopped) return;
      const dead = unlocked.filter((id) => id !== this.options.instanceId && this.suspects.has(id));
      this.suspects = new Set(unlocked);
      if (dead.length > 0) {
        this.options.onDead?.(dead);
        await this.table.bury(dead);
      }
      const changed = free || dead.length > 0 || instances !== this.instances;
      if (changed || performance.now() - this.balancedAtMs >= this.renewMs) await this.balance();
    } catch (error) {
      this.options.onError?.(error);
    }
  }

  /** Tells that a commit was refused for its epoch: the partition is dropped at once. */
  async fenced(partition: number): Promise<void> {
    const lease = this.held.get(partition);
    if (lease) await this.lose(lease, 'taken');
  }

  /** Finishes, gives all partitions back and leaves the list of instances, so that others take over at once. */
  async stop(): Promise<void> {
    this.stopped = true;
    clearTimeout(this.timer);
    await this.round;
    try {
      for (const lease of this.leases) await this.giveBack(lease, 'stopped');
      await this.table.leave();
    } catch (error) {
      // Without Postgres the leases run out by themselves; what was ours must still be let go of here.
      this.options.onError?.(error);
      for (const lease of this.leases) await this.lose(lease, 'stopped');
    } finally {
      this.lock.close();
    }
  }

  private schedule(): void {
    if (this.stopped) return;
    this.timer = setTimeout(() => void this.look().then(() => this.schedule()), this.lookMs);
  }

  private async renewGiveTake(): Promise<void> {
    if (this.stopped) return;
    this.balancedAtMs = performance.now();
    const instances = await this.table.heartbeat(await this.lockKey());
    this.instances = instances.length;
    const still = await this.table.renew(this.leases);
    for (const lease of this.leases) if (!still.has(lease.partition)) await this.lose(lease, 'taken');
    const share = fairShare(await this.table.partitionCount(), instances, this.options.instanceId);
    for (const lease of this.leases.slice(share)) await this.giveBack(lease, 'released');
    while (this.held.size < share && !this.stopped) {
      const lease = await this.table.take([...this.held.keys()]);
      if (!lease) return;
      this.held.set(lease.partition, lease);
      await this.listener.onAcquired(lease);
    }
  }

  /** Without a lock, its lease alone says that this instance lives. */
  private lockKey(): Promise<string | undefined> {
    return this.lock.hold().catch((error: unknown) => {
      this.options.onError?.(error);
      return undefined;
    });
  }

  private async giveBack(lease: Lease, reason: LostReason): Promise<void> {
    await this.lose(lease, reason);
    await this.table.release(lease);
  }

  private async lose(lease: Lease, reason: LostReason): Promise<void> {
    if (this.held.get(lease.partition) !== lease) return;
    this.held.delete(lease.partition);
    await this.listener.onLost(lease, reason);
  }
}
