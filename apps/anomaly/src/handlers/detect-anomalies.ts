import { Command, CommandHandler } from '@nestjs/cqrs';
import type { ICommandHandler } from '@nestjs/cqrs';
import { CostFact, publicEvent } from '@trimtab/contracts';
import type { PublicEvent, TaskInput, TaskOutput } from '@trimtab/contracts';
import { Artifacts } from '@trimtab/event-store';
import { readRows } from '@trimtab/service';
import type { Task, TaskContext, TaskOutcome } from '@trimtab/service';
import { AnomalyHistory } from '../domain/anomaly-history.js';
import { Engines } from '../domain/engines.js';
import type { IncidentChange } from '../domain/incidents.js';
import { reconcile } from '../domain/incidents.js';

type Input = TaskInput<'anomaly.detect'>;
type Output = TaskOutput<'anomaly.detect'>;

/** Find what the bill's past does not explain, and follow the incidents that are known. */
export class DetectAnomalies extends Command<TaskOutcome<Output>> {
  constructor(
    readonly task: Task<Input>,
    readonly context: TaskContext,
  ) {
    super();
  }
}

@CommandHandler(DetectAnomalies)
export class DetectAnomaliesHandler implements ICommandHandler<DetectAnomalies> {
  constructor(
    private readonly artifacts: Artifacts,
    private readonly history: AnomalyHistory,
    private readonly engines: Engines,
  ) {}

  async execute({ task, context }: DetectAnomalies): Promise<TaskOutcome<Output>> {
    const { anomaly, costs, asOf } = task.input;
    const facts = await readRows(this.artifacts, costs, CostFact);
    context.progress(1, 2, `${facts.length} cost facts read`);

    const detection = this.engines.detect(facts, anomaly, asOf);
    const { anomalies, changes } = reconcile(await this.history.knownSince(detection.windowStart), detection);

    return {
      output: { anomalies: [...anomalies], scopes: detection.scopes, days: detection.days },
      events: changes.map((change) => eventOf(task.runId, change)),
      write: (tx) => this.history.record(tx, task.runId, changes),
    };
  }
}

function eventOf(runId: string, { change, anomaly }: IncidentChange): PublicEvent {
  return publicEvent(`trimtab.anomaly.${change}.v1`, `anomaly/${anomaly.id}`, { runId, anomaly });
}
