import { Controller } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import type { TaskInput } from '@trimtab/contracts';
import { TaskHandler } from '@trimtab/service';
import type { Task, TaskContext, TaskOutcome } from '@trimtab/service';
import { CompileReport } from '../handlers/compile-report.js';

/** Which message becomes which command. */
@Controller()
export class ReportingConsumer {
  constructor(private readonly commands: CommandBus) {}

  @TaskHandler('reporting.compile')
  compile(task: Task<TaskInput<'reporting.compile'>>, context: TaskContext): Promise<TaskOutcome> {
    return this.commands.execute(new CompileReport(task, context));
  }
}
