import { Controller, Module } from '@nestjs/common';
import { AppError } from '@trimtab/kernel';
import { z } from 'zod';
import { defineService, PublicEventHandler, TaskHandler } from '../src/index.js';
import type { ServiceConfig, ServiceDefinition, Task, TaskContext, TaskOutcome } from '../src/index.js';

type Input = { do: string; size?: number };

/** What the handlers saw, and gates that a spec opens. */
export const sample = {
  handled: [] as string[],
  events: [] as string[],
  running: () => Promise.resolve(),
  reset(): void {
    this.handled = [];
    this.events = [];
    this.running = () => Promise.resolve();
  },
};

@Controller()
export class SampleConsumer {
  @TaskHandler('sample.work')
  async work(task: Task<Input>, context: TaskContext): Promise<TaskOutcome> {
    sample.handled.push(task.taskId);
    context.progress(1, 2, 'half');
    await sample.running();
    if (task.input.do === 'refuse') throw new AppError('sample.refused', 'Ask for something else.');
    if (task.input.do === 'crash') throw new Error('oops');
    if (task.input.do === 'wait') await aborted(context.signal);
    if (task.input.do === 'nonsense') return { output: { done: 7 } };
    if (task.input.do === 'forbidden') return { output: { done: 'before\u0000after' } };
    await context.assertCurrent();
    if (task.input.do === 'only this') return { output: { done: 'x' } };
    return {
      output: { done: 'x'.repeat(task.input.size ?? 1) },
      events: [
        { type: 'trimtab.sample.done.v1', subject: 'sample/1', data: { n: 1 } },
        { type: 'trimtab.sample.done.v1', subject: 'sample/1', data: { n: 2 } },
      ],
      write: async (tx) => void (await tx.query('INSERT INTO done (task) VALUES ($1)', [task.taskId])),
    };
  }

  @TaskHandler('sample.count', { effects: 'none' })
  async count(task: Task<{ n: number; what?: string }>, context: TaskContext): Promise<TaskOutcome> {
    const { n, what } = task.input;
    sample.handled.push(task.taskId);
    if (what !== 'quick') await sample.running();
    if (what === 'effect') await context.assertCurrent();
    return {
      output: { n: n + 1 },
      ...(what === 'events' && {
        events: [{ type: 'trimtab.sample.done.v1', subject: 'sample/1', data: {} }],
      }),
      ...(what === 'write' && { write: () => Promise.resolve() }),
    };
  }

  @PublicEventHandler('trimtab.sample.done.v1')
  async hear(event: { data: { n: number } }): Promise<void> {
    sample.events.push(String(event.data.n));
  }
}

@Module({ controllers: [SampleConsumer] })
class SampleModule {}

const aborted = (signal: AbortSignal): Promise<never> =>
  new Promise((_done, reject) => signal.addEventListener('abort', () => reject(signal.reason as Error)));

export const sampleService = (config: ServiceConfig): ServiceDefinition =>
  defineService({
    name: 'sample',
    config: () => config,
    module: SampleModule,
    migrations: [{ name: 'sample-001', sql: 'CREATE TABLE done (task text NOT NULL)' }],
    contracts: {
      'sample.work': {
        input: z.object({ do: z.string(), size: z.number().optional() }),
        output: z.object({ done: z.string() }),
      },
      'sample.count': {
        input: z.object({ n: z.number(), what: z.string().optional() }),
        output: z.object({ n: z.number() }),
      },
    },
  });
