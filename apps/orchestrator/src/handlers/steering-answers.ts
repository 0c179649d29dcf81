import type {
  AdaptiveTrigger,
  OrchestrationSettings,
  PeopleCommand,
  PeopleReply,
  PolicyReport,
  PoolView,
} from '@trimtab/contracts';
import type { EventLog } from '@trimtab/event-store';
import { AppError } from '@trimtab/kernel';
import { explainRun } from '../domain/run-explanation.js';
import type { WorkerPool } from '../domain/routing/worker-pools.js';
import { streamOf } from '../domain/stored-run-event.js';
import type { StoredRunEvent } from '../domain/stored-run-event.js';
import type { Definitions } from '../outbound/definitions.js';
import { parse } from './parsing.js';
import { replay } from './run-loader.js';
import type { Steering } from './steering.js';

export interface SteeringView {
  readonly steering?: Steering;
  readonly log: EventLog;
  readonly definitions: Definitions;
}

type Question = Extract<PeopleCommand, 'list-pools' | 'list-policies' | 'explain-run'>;
type Answers = { readonly [C in Question]: (data: unknown) => Promise<PeopleReply<C>> };

/** Questions about who is there, how tasks are routed, and why a run went as it did. */
export const steeringAnswers = (world: SteeringView): Answers => ({
  'list-pools': async () => ({
    items: [...(world.steering?.watch.directory.pools.values() ?? [])].map(viewOf),
  }),
  'list-policies': async () => reportOf(world.steering),
  'explain-run': async (data) => {
    const { runId, task } = parse('explain-run', data);
    const found = await replay(world, runId);
    if (!found) throw new AppError('run.unknown', `There is no run ${runId}: check its id.`);
    const stored = await world.log.readStream(streamOf(runId));
    const events = stored.map(({ data }) => data as StoredRunEvent);
    const explanation = explainRun(found.workflow, found.state, events);
    if (task === undefined) return explanation;
    const tasks = explanation.tasks.filter((one) => one.task === task || one.task.startsWith(`${task}[`));
    if (tasks.length > 0) return { ...explanation, tasks };
    throw new AppError('run.unknown-task', `Run ${runId} has no task ${task}: leave it out to see all.`);
  },
});

const viewOf = ({ taskTypes, latencyMs, ...pool }: WorkerPool): PoolView => ({
  ...pool,
  taskTypes: [...taskTypes].sort(),
  latencyMs: latencyMs ?? null,
});

function reportOf(steering: Steering | undefined): PolicyReport {
  if (!steering) return { discovery: 'none', policies: [], triggers: [] };
  const { discovery, policies, triggers } = steering.settings;
  return {
    discovery: discovery.type,
    policies: policiesIn(policies),
    triggers: triggers.map((trigger) => {
      const held = steering.adapting.held.get(trigger.name);
      return {
        ...levelsOf(trigger),
        on: held !== undefined,
        since: held ? new Date(held.sinceMs).toISOString() : null,
        reason: held?.reason ?? null,
      };
    }),
  };
}

const policiesIn = (settings: OrchestrationSettings['policies']): PolicyReport['policies'] =>
  Object.entries(settings.named).map(([name, policy]) => ({
    name,
    algorithm: policy.algorithm,
    enabled: settings.enabled && policy.enabled,
    default: settings.default === name,
    tasks: Object.entries(settings.tasks).flatMap(([type, used]) => (used === name ? [type] : [])),
    pools: policy.pools ?? Object.keys(policy.weights ?? {}),
    rule: policy.rule ?? null,
  }));

const levelsOf = ({ name, service, metric, enter, leave, enabled, actions }: AdaptiveTrigger) => ({
  ...{ name, service, metric, enter, leave, enabled },
  actions: actions.map((action) => action.do),
});
