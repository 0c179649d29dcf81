import { Controller } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import { Ctx, Payload } from '@nestjs/microservices';
import type { TaskInput } from '@trimtab/contracts';
import { TaskHandler } from '@trimtab/service';
import type { Task, TaskContext, TaskOutcome } from '@trimtab/service';
import { DetectAnomalies } from '../handlers/detect-anomalies.js';

/** Which message becomes which command. */
@Controller()
export class AnomalyConsumer {
  constructor(private readonly commands: CommandBus) {}

  @TaskHandler('anomaly.detect')
  detect(
    @Payload() task: Task<TaskInput<'anomaly.detect'>>,
    @Ctx() context: TaskContext,
  ): Promise<TaskOutcome> {
    return this.commands.execute(new DetectAnomalies(task, context));
  }
}
