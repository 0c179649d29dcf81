import { Command, CommandHandler } from '@nestjs/cqrs';
import type { ICommandHandler } from '@nestjs/cqrs';
import type { TaskInput, TaskOutput } from '@trimtab/contracts';
import type { Task, TaskContext, TaskOutcome } from '@trimtab/service';
import { {{Name}}History } from '../domain/{{name}}-history.js';
import { unseen } from '../domain/unseen.js';

type Input = TaskInput<'{{name}}.{{action}}'>;
type Output = TaskOutput<'{{name}}.{{action}}'>;

/** Tell the subjects that no run has seen before. */
export class {{Action}} extends Command<TaskOutcome<Output>> {
  constructor(
    readonly task: Task<Input>,
    readonly context: TaskContext,
  ) {
    super();
  }
}

@CommandHandler({{Action}})
export class {{Action}}Handler implements ICommandHandler<{{Action}}> {
  constructor(private readonly history: {{Name}}History) {}

  async execute({ task, context }: {{Action}}): Promise<TaskOutcome<Output>> {
    const { subjects } = task.input;
    const known = await this.history.known(subjects);
    context.progress(1, 2, `${known.size} known subjects`);

    const fresh = unseen(subjects, known);

    return {
      output: { fresh, known: known.size },
      write: (tx) => this.history.record(tx, task.runId, fresh),
    };
  }
}
