import { Command, CommandHandler } from '@nestjs/cqrs';
import type { ICommandHandler } from '@nestjs/cqrs';
import { CostFact, publicEvent } from '@trimtab/contracts';
import type { PublicEvent, TaskInput, TaskOutput } from '@trimtab/contracts';
import { Artifacts } from '@trimtab/event-store';
import { AppError } from '@trimtab/kernel';
import type { Task, TaskContext, TaskOutcome } from '@trimtab/service';
import type { ZodError } from 'zod';
import { AnomalyHistory } from '../domain/anomaly-history.js';
import { detect } from '../domain/detect.js';
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
  ) {}

  async execute({ task, context }: DetectAnomalies): Promise<TaskOutcome<Output>> {
    const { anomaly, costs, asOf } = task.input;
    const facts = await this.facts(costs);
    context.progress(1, 2, `${facts.length} cost facts read`);

    const detection = detect(facts, anomaly, asOf);
    const { anomalies, changes } = reconcile(await this.history.knownSince(detection.windowStart), detection);

    return {
      output: { anomalies: [...anomalies], scopes: detection.scopes, days: detection.days },
      events: changes.map((change) => eventOf(task.runId, change)),
      write: (tx) => this.history.record(tx, task.runId, changes),
    };
  }

  private async facts(costs: Input['costs']): Promise<CostFact[]> {
    const facts: CostFact[] = [];
    for await (const row of this.artifacts.readNdjson(costs)) {
      const fact = CostFact.safeParse(row);
      if (!fact.success) throw invalidFact(facts.length + 1, costs.ref, fact.error);
      facts.push(fact.data);
    }
    return facts;
  }
}

const invalidFact = (line: number, ref: string, cause: ZodError): AppError =>
  new AppError(
    'anomaly.invalid-cost-fact',
    `Line ${line} of ${ref} is no cost fact: import the bill again.`,
    {
      details: { problems: cause.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`) },
      cause,
    },
  );

function eventOf(runId: string, { change, anomaly }: IncidentChange): PublicEvent {
  return publicEvent(`trimtab.anomaly.${change}.v1`, `anomaly/${anomaly.id}`, { runId, anomaly });
}
