import { setTimeout as sleep } from 'node:timers/promises';
import { Controller } from '@nestjs/common';
import { TaskHandler } from '@trimtab/service';
import type { Task, TaskContext, TaskOutcome } from '@trimtab/service';
import type { ChaosInput } from './contracts.js';
import { environment } from '../../config.js';

/** Another service than the chaos worker, whose tasks take as long as its process was told, now 1 % more, now 1 % less. */
@Controller()
export class SlowConsumer {
  private readonly ms = Number(environment['SLOW_MS'] ?? 0);
  private more = false;

  @TaskHandler('slow.work')
  async work({ input }: Task<ChaosInput>, { signal }: TaskContext): Promise<TaskOutcome> {
    this.more = !this.more;
    if (this.ms > 0) await sleep(this.ms * (this.more ? 1.01 : 0.99), undefined, { signal });
    return { output: { n: input.n + 1 } };
  }
}
