import type { Logger } from '@trimtab/observability';
import type { ChooseRoute } from '@trimtab/workflow';
import type { LiveRun } from '../domain/live-run.js';
import { newCounters } from '../domain/routing/choose-pool.js';
import type { Counters } from '../domain/routing/choose-pool.js';
import { decideRoute } from '../domain/routing/decide-route.js';
import type { Preference } from '../domain/routing/decide-route.js';
import type { Policies } from '../domain/routing/policies.js';
import type { Directory } from '../domain/routing/worker-pools.js';

export interface RoutingWorld {
  readonly policies: Policies;
  /** The newest directory; equal between two refreshes. */
  readonly directory: () => Directory;
  /** A directory that is older (milliseconds) is not believed. */
  readonly staleAfterMs: number;
  readonly now: () => number;
  readonly logger: Logger;
}

/** Chooses where tasks of this instance's runs go; the choice is stored with the event that queues the task. */
export class Routing {
  /** What triggers prefer, by service. */
  readonly preferences = new Map<string, Preference>();
  private readonly counters: Counters = newCounters();

  constructor(readonly world: RoutingWorld) {}

  /** The directory, when it is new enough to be believed. */
  get believed(): Directory | undefined {
    const { directory, now, staleAfterMs } = this.world;
    return now() - directory().atMs <= staleAfterMs ? directory() : undefined;
  }

  /** What the decisions of a run ask. */
  for({ runId, workflow, labels }: Pick<LiveRun, 'runId' | 'workflow' | 'labels'>): ChooseRoute {
    const { policies, directory, logger } = this.world;
    return (request) => {
      const { name } = workflow.definition;
      const question = { ...request, runId, workflow: name, labels };
      const fresh = this.believed !== undefined;
      const facts = { policies, directory: directory(), preferences: this.preferences, fresh };
      const route = decideRoute(facts, question, this.counters);
      const violation = route.to === 'wait' ? route.violation : route.record?.violation;
      if (violation)
        logger.warn('a policy could not be followed', { runId, task: request.task, ...violation });
      return route;
    };
  }

  /** The new measurements know of what was sent before them. */
  refreshed(): void {
    this.counters.sent.clear();
  }
}
