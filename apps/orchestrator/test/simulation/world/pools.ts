import { OrchestrationSettings } from '@trimtab/contracts';
import type { Logger } from '@trimtab/observability';
import type { Sighting } from '../../../src/domain/routing/instance-tracking.js';
import { openSteering } from '../../../src/handlers/steering.js';
import type { Steering, SteeringWorld } from '../../../src/handlers/steering.js';
import { ServiceDirectory } from '../../../src/outbound/service-directory.js';
import type { SimProcess } from '../engine/sim-process.js';
import { ACTIONS } from './workflows.js';

/** A worker as a directory shows it. */
export interface Seen {
  readonly name: string;
  readonly pool: string;
  readonly ready: boolean;
}

/** Tasks prefer one pool and move when it is gone; quick, so that a seed sees several moves. */
const settings = OrchestrationSettings.parse({
  discovery: { refreshSeconds: 2 },
  rerouteAfterSeconds: 3,
  incidentAfterSeconds: 86_400,
  scaling: { enabled: false },
  policies: { default: 'p', named: { p: { algorithm: 'failover', pools: ['reserve', 'default'] } } },
});
export const LOOK_MS = settings.discovery.refreshSeconds * 1_000;

/** Who lives, asked over a network that loses answers. */
class SimDirectory extends ServiceDirectory {
  readonly source = 'nats';

  constructor(
    private readonly process: SimProcess,
    private readonly living: () => readonly Seen[],
  ) {
    super();
  }

  override look(): Promise<readonly Sighting[]> {
    const taskTypes = ACTIONS.map((action) => `sim.${action}`);
    return this.process.call('look', () =>
      this.living().map(({ name, pool, ready }): Sighting => {
        return { source: 'nats', service: 'sim', instance: name, pool, taskTypes, ready };
      }),
    );
  }
}

/** The real policies, rerouting and adaptation of one instance, over the simulated workers. */
export function simSteering(
  process: SimProcess,
  living: () => readonly Seen[],
  logger: Logger,
  clock: SteeringWorld['clock'],
): Steering | undefined {
  const incidents = { openOf: () => Promise.resolve([]) } as unknown as SteeringWorld['incidents'];
  const announcements = {} as SteeringWorld['announcements'];
  // There are no triggers here.
  const triggerStates = {} as SteeringWorld['triggerStates'];
  const sources = [new SimDirectory(process, living)];
  const backlogs = { of: () => Promise.resolve(new Map<string, number>()) };
  const around = { incidents, announcements, triggerStates };
  return openSteering({ sources, backlogs, clock, logger, ...around }, settings);
}
