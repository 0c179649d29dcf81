import type { DiscoverySettings } from '@trimtab/contracts';
import type { Logger } from '@trimtab/observability';
import { track } from '../domain/routing/instance-tracking.js';
import type { TrackedInstance } from '../domain/routing/instance-tracking.js';
import { directoryOf, NOBODY } from '../domain/routing/worker-pools.js';
import type { Directory } from '../domain/routing/worker-pools.js';
import type { Backlogs } from '../outbound/backlogs.js';
import type { ServiceDirectory } from '../outbound/service-directory.js';

export interface PoolWatchWorld {
  readonly sources: readonly ServiceDirectory[];
  readonly backlogs: Backlogs;
  readonly settings: DiscoverySettings;
  readonly logger: Logger;
  /** Milliseconds. */
  readonly now: () => number;
}

/** A source that cannot be asked is believed for so many refreshes. */
const BELIEVED = 10;

/** Looks at who is there, again and again; between two looks everybody sees the same directory. */
export class PoolWatch {
  directory: Directory = NOBODY;
  private readonly known = new Map<ServiceDirectory, Map<string, TrackedInstance>>();
  private readonly silent = new Map<ServiceDirectory, number>();
  private looking: Promise<Directory> | undefined;
  private stopped = false;

  constructor(private readonly world: PoolWatchWorld) {}

  /** One look; a second one meanwhile gets the same answer. */
  refresh(): Promise<Directory> {
    return (this.looking ??= this.look().finally(() => (this.looking = undefined)));
  }

  stop(): void {
    this.stopped = true;
    for (const source of this.world.sources) source.stop();
  }

  private async look(): Promise<Directory> {
    await Promise.all(this.world.sources.map((source) => this.ask(source)));
    const instances = [...this.known.values()].flatMap((found) => [...found.values()]);
    const before = [...this.directory.pools.values()];
    const lags = await this.world.backlogs.of(before).catch(() => new Map<string, number>());
    this.directory = directoryOf(instances, lags, this.world.now());
    return this.directory;
  }

  /** Not knowing is not the same as nobody being there: what was known holds for a while. */
  private async ask(source: ServiceDirectory): Promise<void> {
    const { settings, logger, now } = this.world;
    try {
      const sightings = await source.look();
      const known = this.known.get(source) ?? new Map<string, TrackedInstance>();
      this.known.set(source, track(known, sightings, now(), settings.healthCheck));
      this.silent.delete(source);
    } catch (error) {
      if (this.stopped) return;
      const times = (this.silent.get(source) ?? 0) + 1;
      this.silent.set(source, times);
      if (times >= BELIEVED) this.known.delete(source);
      logger.warn('a service directory does not answer', { source: source.source, times, error });
    }
  }
}
