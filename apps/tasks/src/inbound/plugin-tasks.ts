import { Controller } from '@nestjs/common';
import type { Type } from '@nestjs/common';
import { TaskHandler } from '@trimtab/service';
import type { Task, TaskContext, TaskContracts, TaskOutcome } from '@trimtab/service';
import { pluginFailed } from '@trimtab/service/plugin';
import type { PlainTask, Plugin, Plugins } from '@trimtab/service/plugin';
import { z } from 'zod';

/** A consumer for the tasks of each plugin, made as if somebody had written it. */
export const pluginConsumers = (plugins: Plugins): Type[] => plugins.all.map(consumerOf);

/** Contracts of the tasks that plugins bring. */
export const pluginContracts = (plugins: Plugins): TaskContracts =>
  Object.fromEntries(
    plugins.all
      .flatMap(({ tasks = {} }) => Object.entries(tasks))
      .map(([type, { input = z.unknown(), output = z.unknown() }]) => [type, { input, output }]),
  );

function consumerOf({ name, tasks = {} }: Plugin): Type {
  @Controller()
  class PluginTasks {}
  for (const [type, task] of Object.entries(tasks)) {
    const method = { value: handlerOf(name, type, task), writable: true, configurable: true };
    Object.defineProperty(PluginTasks.prototype, type, method);
    TaskHandler(type)(PluginTasks.prototype, type, method);
  }
  return PluginTasks;
}

const handlerOf =
  (plugin: string, type: string, task: PlainTask) =>
  async ({ input, ...about }: Task, { signal, log, progress }: TaskContext): Promise<TaskOutcome> => {
    const { runId, taskId } = about;
    const context = { ...about, idempotencyKey: `${runId}/${taskId}`, signal, log, progress };
    try {
      return { output: await task.handler(input as never, context) };
    } catch (error) {
      signal.throwIfAborted();
      throw pluginFailed(plugin, `the task ${type}`, error);
    }
  };
