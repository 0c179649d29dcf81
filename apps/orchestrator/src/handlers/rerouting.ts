import type { OrchestrationSettings } from '@trimtab/contracts';
import type { Logger } from '@trimtab/observability';
import type { LiveRun } from '../domain/live-run.js';
import { unservedIn } from '../domain/routing/unserved.js';
import type { ServingFacts, Unserved } from '../domain/routing/unserved.js';
import type { Incidents } from '../outbound/incidents.js';
import { Breath } from './breath.js';
import type { PartitionRuns } from './partition-runs.js';
import type { Routing } from './routing.js';

/** Moves at once, so that a pool that takes over is not flattened. */
const MOVES_AT_ONCE = 250;
const KIND = 'service.no-worker';
const SHOWN_RUNS = 20;
/** Tasks that are looked at in about a quarter of a millisecond. */
const SLICE_TASKS = 500;

export interface ReroutingWorld {
  readonly routing: Routing;
  readonly incidents: Incidents;
  readonly logger: Logger;
  readonly settings: Pick<OrchestrationSettings, 'incidentAfterSeconds' | 'rerouteAfterSeconds'>;
}

type Trouble = Unserved & { readonly runId: string };

/** After every refresh: tasks in a pool that has gone move on, tasks that waited for a worker go to it, and what nobody does becomes an incident. */
export class Rerouting {
  constructor(private readonly world: ReroutingWorld) {}

  async look(partitions: readonly PartitionRuns[]): Promise<void> {
    const { routing, settings } = this.world;
    const directory = routing.believed;
    if (!directory) return;
    const nowMs = routing.world.now();
    const { policies } = routing.world;
    const facts = { directory, policies, nowMs, rerouteAfterMs: settings.rerouteAfterSeconds * 1_000 };
    const stuck: Trouble[] = [];
    let moves = 0;
    const breath = new Breath(SLICE_TASKS);
    for (const runs of partitions) {
      for (const run of runs.memory.all()) {
        if (breath.isDue(run.state.active.size)) await breath.take();
        for (const trouble of troublesOf(run, facts)) {
          if (trouble.input === undefined) stuck.push(trouble);
          else if ((moves += 1) <= MOVES_AT_ONCE) this.move(runs, trouble);
        }
      }
    }
    await this.report(stuck, nowMs - settings.incidentAfterSeconds * 1_000);
    await this.resolve(directory.offers);
  }

  private move(runs: PartitionRuns, { runId, input, task }: Trouble): void {
    if (!input) return;
    runs
      .give({ kind: 'input', runId, input })
      .catch((error: unknown) =>
        this.world.logger.debug('a task was not moved to another pool', { runId, task, error }),
      );
  }

  /** One incident per task type that nobody does. */
  private async report(stuck: readonly Trouble[], before: number): Promise<void> {
    const late = stuck.filter(({ sinceMs }) => sinceMs <= before);
    for (const uses of new Set(late.map((one) => one.uses))) {
      const troubles = late.filter((one) => one.uses === uses);
      const runs = [...new Set(troubles.map(({ runId }) => runId))].slice(0, SHOWN_RUNS);
      const message = `Nobody does ${uses}: start a worker that offers it; ${troubles.length} tasks wait.`;
      const details = { uses, tasks: troubles.length, runs };
      await this.world.incidents.raise({ key: `${KIND}/${uses}`, kind: KIND, message, details });
    }
  }

  private async resolve(offers: ReadonlyMap<string, unknown>): Promise<void> {
    for (const { id, key } of await this.world.incidents.openOf(KIND)) {
      const uses = key.slice(KIND.length + 1);
      if (!offers.has(uses)) continue;
      await this.world.incidents.resolve(id, 'discovery', `A healthy worker offers ${uses} again.`);
    }
  }
}

const troublesOf = (run: LiveRun, facts: ServingFacts): Trouble[] =>
  run.state.status === 'RUNNING' ? unservedIn(run, facts).map((one) => ({ runId: run.runId, ...one })) : [];
