import type { Lease } from '../log/event-log.port.js';

/** Why a partition is no longer ours. */
export type LostReason = 'released' | 'taken' | 'stopped';

export interface LeaseListener {
  /** The partition is ours from now on; load its open runs. Awaited before the next round of leasing. */
  onAcquired(lease: Lease): void | Promise<void>;
  /**
   * For `released` and `stopped` it is awaited before the partition is given away (finish what is in flight);
   * for `taken` it is too late to write: drop its state.
   */
  onLost(lease: Lease, reason: LostReason): void | Promise<void>;
}

export interface LeaseOptions {
  readonly schema: string;
  /** Unique per process start, so that a restart never takes its past self for itself. */
  readonly instanceId: string;
  /** A partition whose owner was silent for so long may be taken (15 s unless told). */
  readonly leaseMs?: number;
  /** How often leases are renewed and shares balanced (a third of the lease unless told). */
  readonly renewMs?: number;
  /** How often is looked for instances that have died and for partitions that are free (1 s unless told). */
  readonly lookMs?: number;
  /** Hears of instances that have died: their partitions are taken over now. */
  readonly onDead?: (instanceIds: readonly string[]) => void;
  /** Hears of rounds that failed (Postgres away); leasing goes on by itself. */
  readonly onError?: (error: unknown) => void;
}
