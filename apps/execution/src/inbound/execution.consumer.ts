import { Controller } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import type { TaskInput } from '@trimtab/contracts';
import { TaskHandler } from '@trimtab/service';
import type { Task, TaskContext, TaskOutcome } from '@trimtab/service';
import { ExecutePlan } from '../handlers/execute-plan.js';
import { PlanActions } from '../handlers/plan-actions.js';
import { RollBackActions } from '../handlers/roll-back-actions.js';

/** Which message becomes which command. */
@Controller()
export class ExecutionConsumer {
  constructor(private readonly commands: CommandBus) {}

  @TaskHandler('execution.plan')
  plan(task: Task<TaskInput<'execution.plan'>>, context: TaskContext): Promise<TaskOutcome> {
    return this.commands.execute(new PlanActions(task, context));
  }

  @TaskHandler('execution.execute')
  execute(task: Task<TaskInput<'execution.execute'>>, context: TaskContext): Promise<TaskOutcome> {
    return this.commands.execute(new ExecutePlan(task, context));
  }

  @TaskHandler('execution.rollback')
  rollBack(task: Task<TaskInput<'execution.rollback'>>, context: TaskContext): Promise<TaskOutcome> {
    return this.commands.execute(new RollBackActions(task, context));
  }
}
