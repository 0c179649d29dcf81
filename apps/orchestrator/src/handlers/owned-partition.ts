import type { Lease } from '@trimtab/event-store';
import type { Consumption, Messaging, Responding } from '@trimtab/messaging';
import { consumeResults, resetResults } from '../inbound/results.consumer.js';
import { PartitionRuns } from './partition-runs.js';
import type { FeedBeat } from './feed-beat.js';
import { PublicFeed } from './public-feed.js';
import { askPartition, ownerSubject } from './router.js';
import { Watchdog } from './watchdog.js';
import type { RunRequest, World } from './world.js';

const STOP_MS = 5_000;

/** A partition while this instance owns it: its runs, its inputs, its publisher. */
export class OwnedPartition {
  readonly runs: PartitionRuns;
  readonly feed: PublicFeed;
  private readonly watchdog: Watchdog;
  private recovered = false;
  private consumption: Consumption | undefined;
  private responding: Responding | undefined;
  private opening: Promise<void> = Promise.resolve();
  private closed = false;

  constructor(
    lease: Lease,
    private readonly world: World,
    private readonly messaging: Messaging,
    beat: FeedBeat,
  ) {
    this.runs = new PartitionRuns(lease, world);
    this.feed = new PublicFeed(lease.partition, world, beat);
    this.watchdog = new Watchdog(world, this.runs);
  }

  /** Takes inputs at once, recovers in the background: a run that is reached before its turn is loaded on demand. */
  open(): void {
    const { partition } = this.runs.lease;
    this.responding = this.messaging.respond(
      ownerSubject(partition),
      'owner',
      ({ data }) => askPartition(this.runs, data as RunRequest),
      { concurrency: 8_192 },
    );
    this.feed.start();
    this.opening = this.recover();
  }

  async close(): Promise<void> {
    this.closed = true;
    this.watchdog.stop();
    // What could not be opened is closed all the same.
    await Promise.allSettled([this.opening]);
    await Promise.all([this.consumption?.stop(STOP_MS), this.responding?.stop(), this.feed.stop()]);
  }

  /** Looks for runs that stand still, once all of them are loaded. */
  async watch(): Promise<void> {
    if (this.recovered && !this.closed) await this.watchdog.look();
  }

  private async recover(): Promise<void> {
    const { partition } = this.runs.lease;
    await resetResults(this.messaging, partition).catch((error: unknown) =>
      this.world.logger.warn('results of a partition come after the old ack timeout', { partition, error }),
    );
    if (this.closed) return;
    this.consumption = consumeResults(this.messaging, this.world, this.runs);
    await this.loadOpenRuns();
  }

  private async loadOpenRuns(): Promise<void> {
    const { partition } = this.runs.lease;
    for (let wait = 100; !this.closed; wait = Math.min(5_000, wait * 2)) {
      try {
        const runs = await this.runs.recover();
        this.recovered = true;
        if (runs > 0) this.world.logger.info('open runs go on', { partition, runs });
        return;
      } catch (error) {
        this.world.logger.warn('open runs could not be loaded yet', { partition, error });
        await new Promise((done) => setTimeout(done, wait));
      }
    }
  }
}
