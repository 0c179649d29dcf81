import { Controller } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import type { TaskInput } from '@trimtab/contracts';
import { TaskHandler } from '@trimtab/service';
import type { Task, TaskContext, TaskOutcome } from '@trimtab/service';
import { RequestHttp } from '../handlers/request-http.js';
import { RunScript } from '../handlers/run-script.js';

/** Which message becomes which command. */
@Controller()
export class TasksConsumer {
  constructor(private readonly commands: CommandBus) {}

  @TaskHandler('script.run')
  script(task: Task<TaskInput<'script.run'>>, context: TaskContext): Promise<TaskOutcome> {
    return this.commands.execute(new RunScript(task, context));
  }

  @TaskHandler('http.request')
  request(task: Task<TaskInput<'http.request'>>, context: TaskContext): Promise<TaskOutcome> {
    return this.commands.execute(new RequestHttp(task, context));
  }
}
