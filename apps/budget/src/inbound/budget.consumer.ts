import { Controller } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import { Ctx, Payload } from '@nestjs/microservices';
import type { TaskInput } from '@trimtab/contracts';
import { TaskHandler } from '@trimtab/service';
import type { Task, TaskContext, TaskOutcome } from '@trimtab/service';
import { EvaluateBudgets } from '../handlers/evaluate-budgets.js';

/** Which message becomes which command. */
@Controller()
export class BudgetConsumer {
  constructor(private readonly commands: CommandBus) {}

  @TaskHandler('budget.evaluate')
  evaluate(
    @Payload() task: Task<TaskInput<'budget.evaluate'>>,
    @Ctx() context: TaskContext,
  ): Promise<TaskOutcome> {
    return this.commands.execute(new EvaluateBudgets(task, context));
  }
}
