import { setTimeout as sleep } from 'node:timers/promises';
import { Controller, Inject } from '@nestjs/common';
import { AppError, crashPoint } from '@trimtab/kernel';
import { TaskHandler } from '@trimtab/service';
import type { Task, TaskContext, TaskOutcome } from '@trimtab/service';
import type { ChaosInput } from './contracts.js';
import { ProviderClient } from './provider-client.js';

/** A worker that does what it is told: computes, fails, hangs, and has effects under the protocol of the services. */
@Controller()
export class WorkConsumer {
  constructor(@Inject(ProviderClient) private readonly provider: ProviderClient) {}

  @TaskHandler('chaos.work')
  async work(task: Task<ChaosInput>, context: TaskContext): Promise<TaskOutcome> {
    const { n, ms, hang, fail, failures, bytes, odd } = task.input;
    if (hang) await sleep(2 ** 30, undefined, { signal: context.signal });
    if (ms > 0) await sleep(ms, undefined, { signal: context.signal });
    if (fail && task.attempt <= failures)
      throw new AppError('chaos.broken', 'It was told to.', { retry: fail });
    return { output: { n: n + 1, ...(bytes > 0 ? { text: 'x'.repeat(bytes) } : {}), ...oddity(odd) } };
  }

  @TaskHandler('chaos.effect')
  async effect(task: Task<ChaosInput>, context: TaskContext): Promise<TaskOutcome> {
    await this.once(task, context);
    return this.work(task, context);
  }

  @TaskHandler('chaos.undo')
  async undo(task: Task<ChaosInput>, context: TaskContext): Promise<TaskOutcome> {
    const done = await this.work(task, context);
    await this.once(task, context);
    return done;
  }

  /** Looks before it acts, and shows its token each time: an unknown outcome is resolved before anything is repeated. */
  private async once({ runId, taskId, attempt }: Task, context: TaskContext): Promise<void> {
    const call = { key: `${runId}/${taskId}`, runId, task: taskId, token: [attempt, context.claim] as const };
    await context.assertCurrent();
    if (await this.provider.look(call)) return;
    await context.assertCurrent();
    crashPoint('effect.before');
    await this.provider.apply(call);
    crashPoint('effect.after');
  }
}

function oddity(odd: ChaosInput['odd']): object {
  switch (odd) {
    case undefined:
      return {};
    case 'nesting': {
      let nested: unknown = 1;
      for (let depth = 0; depth < 100_000; depth += 1) nested = [nested];
      return { nested };
    }
    case 'proto':
      return JSON.parse(
        '{"__proto__":{"polluted":true},"constructor":{"prototype":{"polluted":true}}}',
      ) as object;
    case 'huge-number':
      return { huge: Number('1e400') };
    case 'nul':
      return { text: 'before\u0000after' };
  }
}
