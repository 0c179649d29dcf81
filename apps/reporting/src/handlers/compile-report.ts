import { Command, CommandHandler } from '@nestjs/cqrs';
import type { ICommandHandler } from '@nestjs/cqrs';
import { ActionPlan, ActionResult, CostFact, Recommendation, publicEvent } from '@trimtab/contracts';
import type { TaskInput, TaskOutput } from '@trimtab/contracts';
import { Artifacts } from '@trimtab/event-store';
import { readRows } from '@trimtab/service';
import type { Task, TaskContext, TaskOutcome } from '@trimtab/service';
import { Renderers } from '../domain/renderer.js';
import type { Material } from '../domain/summary.js';
import { summarise } from '../domain/summary.js';

type Input = TaskInput<'reporting.compile'>;
type Output = TaskOutput<'reporting.compile'>;

/** Make the executive summary of a run in every format. */
export class CompileReport extends Command<TaskOutcome<Output>> {
  constructor(
    readonly task: Task<Input>,
    readonly context: TaskContext,
  ) {
    super();
  }
}

@CommandHandler(CompileReport)
export class CompileReportHandler implements ICommandHandler<CompileReport> {
  constructor(
    private readonly artifacts: Artifacts,
    private readonly renderers: Renderers,
  ) {}

  async execute({ task, context }: CompileReport): Promise<TaskOutcome<Output>> {
    const { runId } = task.input;
    const summary = summarise(await this.material(task.input));

    const formats: Output['formats'] = [];
    for (const renderer of this.renderers.all) {
      const artifact = await this.artifacts.put(Buffer.from(renderer.render(summary)), {
        mediaType: renderer.mediaType,
      });
      formats.push({ format: renderer.format, artifact });
      context.progress(formats.length, this.renderers.all.length, renderer.format);
    }
    const report = { id: `report-${runId}`, runId, title: summary.title, formats };
    return {
      output: report,
      events: [publicEvent('trimtab.report.created.v1', `report/${report.id}`, { runId, report })],
    };
  }

  private async material(input: Input): Promise<Material> {
    const [costs, recommendations, results] = await Promise.all([
      readRows(this.artifacts, input.costs, CostFact),
      readRows(this.artifacts, input.recommendations, Recommendation),
      readRows(this.artifacts, input.results, ActionResult),
    ]);
    const plan = input.plan ? ActionPlan.parse(await this.artifacts.readJson(input.plan)) : null;
    return { input, costs, recommendations, plan, results };
  }
}
