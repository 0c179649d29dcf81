import type { OrchestrationSettings } from '@trimtab/contracts';
import { AppError } from '@trimtab/kernel';
import type { Logger } from '@trimtab/observability';
import { compilePolicies } from '../domain/routing/policies.js';
import type { Announcements } from '../outbound/announcements.js';
import type { Backlogs } from '../outbound/backlogs.js';
import type { Incidents } from '../outbound/incidents.js';
import type { DatabaseClock } from '../outbound/run-clock.js';
import type { ServiceDirectory } from '../outbound/service-directory.js';
import type { TriggerStates } from '../outbound/trigger-states.js';
import { Adapting } from './adapting.js';
import { Housekeeping } from './housekeeping.js';
import type { PartitionRuns } from './partition-runs.js';
import { PoolWatch } from './pool-watch.js';
import { Rerouting } from './rerouting.js';
import { Routing } from './routing.js';

export interface SteeringWorld {
  readonly sources: readonly ServiceDirectory[];
  readonly backlogs: Backlogs;
  readonly clock: DatabaseClock;
  readonly logger: Logger;
  readonly incidents: Incidents;
  readonly announcements: Announcements;
  readonly triggerStates: TriggerStates;
}

/** Partitions that the instance owns, by number; whoever owns the first one speaks for all. */
export type Owned = ReadonlyMap<number, { readonly runs: PartitionRuns }>;

/** A directory is believed for so many refreshes, and at least so long. */
const BELIEVED_REFRESHES = 5;
const BELIEVED_MS = 3_000;

/** Finding services, choosing between them and adapting to what is measured, for one instance. */
export class Steering {
  constructor(
    readonly settings: OrchestrationSettings,
    readonly watch: PoolWatch,
    readonly routing: Routing,
    readonly adapting: Adapting,
    private readonly rerouting: Rerouting,
    private readonly logger: Logger,
  ) {}

  /** Looks again and again, the first time before the first policy is asked; returns how to stop. */
  async start(owned: Owned): Promise<(() => void)[]> {
    const house = new Housekeeping(this.logger);
    const looking = this.watch.refresh();
    await this.adapting.recall();
    if (this.routing.world.policies.named.size > 0) await looking;
    house.every(this.settings.discovery.refreshSeconds * 1_000, () => this.turn(owned));
    return [() => house.stop(), () => this.watch.stop()];
  }

  /** One look at who is there, and what follows from it. */
  async turn(owned: Owned): Promise<void> {
    await this.watch.refresh();
    this.routing.refreshed();
    const partitions = [...owned.values()].map(({ runs }) => runs);
    await this.rerouting.look(partitions);
    await this.adapting.look(partitions, owned.has(0));
  }
}

/** Puts it together from settings; nothing without them. Throws `config.invalid` with every rule that cannot be parsed. */
export function openSteering(
  world: SteeringWorld,
  settings: OrchestrationSettings | undefined,
): Steering | undefined {
  if (!settings) return undefined;
  const { sources, backlogs, clock, logger, incidents, announcements, triggerStates } = world;
  const { policies, problems } = compilePolicies(settings.policies);
  if (problems.length > 0) {
    const lines = problems.map(({ path, message }) => `orchestration.${path.join('.')}: ${message}`);
    throw new AppError('config.invalid', `Correct the configuration:\n  ${lines.join('\n  ')}`, {
      details: { problems },
    });
  }
  const now = (): number => clock.ms;
  const { discovery, triggers, scaling } = settings;
  const watch = new PoolWatch({ sources, backlogs, settings: discovery, logger, now });
  const staleAfterMs = Math.max(BELIEVED_MS, discovery.refreshSeconds * 1_000 * BELIEVED_REFRESHES);
  const directory = (): PoolWatch['directory'] => watch.directory;
  const routing = new Routing({ policies, directory, staleAfterMs, now, logger });
  const adapting = new Adapting({ routing, announcements, triggerStates, logger, triggers, scaling });
  const rerouting = new Rerouting({ routing, incidents, logger, settings });
  return new Steering(settings, watch, routing, adapting, rerouting, logger);
}
