import { Controller } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import type { TaskInput } from '@trimtab/contracts';
import { TaskHandler } from '@trimtab/service';
import type { Task, TaskContext, TaskOutcome } from '@trimtab/service';
import { RecommendSavings } from '../handlers/recommend-savings.js';

/** Which message becomes which command. */
@Controller()
export class AnalysisConsumer {
  constructor(private readonly commands: CommandBus) {}

  @TaskHandler('analysis.recommend')
  recommend(task: Task<TaskInput<'analysis.recommend'>>, context: TaskContext): Promise<TaskOutcome> {
    return this.commands.execute(new RecommendSavings(task, context));
  }
}
