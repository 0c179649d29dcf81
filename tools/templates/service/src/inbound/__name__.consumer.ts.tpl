import { Controller } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import type { TaskInput } from '@trimtab/contracts';
import { TaskHandler } from '@trimtab/service';
import type { Task, TaskContext, TaskOutcome } from '@trimtab/service';
import { {{Action}} } from '../handlers/{{action}}.js';

/** Which message becomes which command. */
@Controller()
export class {{Name}}Consumer {
  constructor(private readonly commands: CommandBus) {}

  @TaskHandler('{{name}}.{{action}}')
  {{action}}(task: Task<TaskInput<'{{name}}.{{action}}'>>, context: TaskContext): Promise<TaskOutcome> {
    return this.commands.execute(new {{Action}}(task, context));
  }
}
