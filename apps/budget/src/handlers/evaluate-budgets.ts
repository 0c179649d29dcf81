import { Command, CommandHandler } from '@nestjs/cqrs';
import type { ICommandHandler } from '@nestjs/cqrs';
import { CostFact, publicEvent } from '@trimtab/contracts';
import type { BudgetStatus, PublicEvent, TaskInput, TaskOutput } from '@trimtab/contracts';
import { Artifacts } from '@trimtab/event-store';
import { readRows } from '@trimtab/service';
import type { Task, TaskContext, TaskOutcome } from '@trimtab/service';
import { BudgetLedger } from '../domain/budget-ledger.js';
import type { CrossingNews } from '../domain/crossings.js';
import { newCrossings } from '../domain/crossings.js';
import { evaluateBudget } from '../domain/evaluate.js';
import { ForecastEngines } from '../domain/forecast-engines.js';

type Input = TaskInput<'budget.evaluate'>;
type Output = TaskOutput<'budget.evaluate'>;

/** Say how every budget stands and where the month will end. */
export class EvaluateBudgets extends Command<TaskOutcome<Output>> {
  constructor(
    readonly task: Task<Input>,
    readonly context: TaskContext,
  ) {
    super();
  }
}

@CommandHandler(EvaluateBudgets)
export class EvaluateBudgetsHandler implements ICommandHandler<EvaluateBudgets> {
  constructor(
    private readonly artifacts: Artifacts,
    private readonly ledger: BudgetLedger,
    private readonly engines: ForecastEngines,
  ) {}

  async execute({ task, context }: EvaluateBudgets): Promise<TaskOutcome<Output>> {
    const { budgets, costs, asOf } = task.input;
    const facts = await readRows(this.artifacts, costs, CostFact);
    context.progress(1, 2, `${facts.length} cost facts read`);

    const statuses = budgets.flatMap((settings) =>
      evaluateBudget(settings, facts, asOf, this.engines.find(settings.forecastEngine)),
    );
    const periods = [...new Set(statuses.map((budget) => budget.period.start))];
    const news = newCrossings(statuses, await this.ledger.told(periods));

    return {
      output: { budgets: statuses },
      events: eventsOf(task.runId, statuses, news),
      write: (tx) =>
        this.ledger.record(
          tx,
          task.runId,
          statuses,
          news.map(({ crossing }) => crossing),
        ),
    };
  }
}

function eventsOf(
  runId: string,
  statuses: readonly BudgetStatus[],
  news: readonly CrossingNews[],
): PublicEvent[] {
  const subject = (budget: BudgetStatus): string => `budget/${budget.id}`;
  return [
    ...statuses.map((budget) =>
      publicEvent('trimtab.budget.evaluated.v1', subject(budget), { runId, budget }),
    ),
    ...news.map(({ budget, crossing: { kind, threshold } }) =>
      publicEvent('trimtab.budget.threshold-crossed.v1', subject(budget), { runId, budget, kind, threshold }),
    ),
  ];
}
