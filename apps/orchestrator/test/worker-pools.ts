import 'reflect-metadata';
import { Controller, Module } from '@nestjs/common';
import type { TestServers } from '@trimtab/embedded/testing';
import { AppError } from '@trimtab/kernel';
import { defineService, parseConfig, serviceConfig, startService, TaskHandler } from '@trimtab/service';
import type { RunningService, Task, TaskOutcome } from '@trimtab/service';
import { z } from 'zod';

export type Work = (task: Task) => Promise<unknown> | unknown;

/** A pool of workers of a real service in this process; what it does can be changed at any time. */
export class WorkerPool {
  readonly done: string[] = [];

  private constructor(
    public work: Work,
    private readonly running: RunningService,
  ) {}

  static async start(
    servers: TestServers,
    [service, pool]: readonly [string, string],
    types: readonly string[],
    work: Work = () => ({}),
  ): Promise<WorkerPool> {
    let isThere = (_: WorkerPool): void => undefined;
    const started = new Promise<WorkerPool>((there) => (isThere = there));
    const env = {
      ...{ NATS_URL: servers.natsUrl, DATABASE_URL: servers.databaseUrl, LOG_LEVEL: 'silent' },
      ...{ TRIMTAB_POOL: pool, TRIMTAB_CONCURRENCY: '8' },
    };
    const any = { input: z.any(), output: z.any() };
    const running = await startService(
      defineService({
        name: service,
        config: () => parseConfig(z.object(serviceConfig), env),
        // A task that waited for it comes before the service says that it has started.
        module: moduleFor(types, async (task) => (await started).take(task)),
        contracts: Object.fromEntries(types.map((type) => [type, any])),
      }),
    );
    const it = new WorkerPool(work, running);
    isThere(it);
    return it;
  }

  /** Cuts it off from the bus without a word, as a kill of its machine would. */
  async kill(): Promise<void> {
    await this.running.runtime.messaging.nc.close();
  }

  async stop(): Promise<void> {
    await this.running.stop().catch(() => undefined);
  }

  private async take(task: Task): Promise<unknown> {
    const output = await this.work(task);
    this.done.push(task.runId);
    return output;
  }
}

function moduleFor(types: readonly string[], work: (task: Task) => Promise<unknown>) {
  class Consumer {}
  const handle = async (task: Task): Promise<TaskOutcome> => ({ output: (await work(task)) ?? {} });
  for (const [i, type] of types.entries()) {
    const key = `take${i}`;
    Object.defineProperty(Consumer.prototype, key, { value: handle, writable: true, configurable: true });
    const descriptor = Object.getOwnPropertyDescriptor(Consumer.prototype, key) ?? {};
    TaskHandler(type)(Consumer.prototype, key, descriptor);
    Object.defineProperty(Consumer.prototype, key, descriptor);
  }
  Controller()(Consumer);
  class ConsumerModule {}
  Module({ controllers: [Consumer] })(ConsumerModule);
  return ConsumerModule;
}

export const flaw = (): AppError => new AppError('test.flaw', 'It failed here.', { retry: 'later' });
