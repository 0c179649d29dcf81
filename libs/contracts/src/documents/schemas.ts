import { z } from 'zod';
import { TaskCommandData, TaskResultData } from '../bus/messages.js';
import { Configuration } from '../domain/config.js';
import { DemoResult } from '../domain/result.js';
import { eventContracts } from '../events/registry.js';
import { peopleCommands } from '../people/commands.js';
import { taskContracts } from '../tasks/registry.js';

export type JsonSchema = { readonly [key: string]: unknown };

/** How a published schema may change: events are read by old and new subscribers, commands by newer services only. */
export type Guarantee = 'full' | 'backward' | 'none';

export interface PublishedSchema {
  /** File name without `.json`. */
  readonly name: string;
  readonly guarantee: Guarantee;
  readonly schema: JsonSchema;
}

const schemaOf = (type: z.ZodType, title: string): JsonSchema => ({
  title,
  ...z.toJSONSchema(type, { io: 'input', unrepresentable: 'any' }),
});

/** Every schema that crosses a process or reaches another team, made from the one definition of each. */
export function publishedSchemas(): PublishedSchema[] {
  const events = Object.entries(eventContracts).map(([type, schema]) =>
    published(`event.${type}`, 'full', schema, type),
  );
  const tasks = Object.entries(taskContracts).flatMap(([type, { input, output }]) => [
    published(`task.${type}.input`, 'backward', input, `Input of ${type}`),
    published(`task.${type}.output`, 'backward', output, `Output of ${type}`),
  ]);
  const people = Object.entries(peopleCommands).flatMap(([name, { request, reply }]) => [
    published(`people.${name}.request`, 'backward', request, `Request ${name}`),
    published(`people.${name}.reply`, 'backward', reply, `Reply to ${name}`),
  ]);
  return [
    ...events,
    ...tasks,
    ...people,
    published('bus.task-command', 'backward', TaskCommandData, 'Task command'),
    published('bus.task-result', 'backward', TaskResultData, 'Task result'),
    published('result', 'full', DemoResult, 'Result of an optimize run'),
    published('configuration', 'backward', Configuration, 'Trimtab configuration'),
  ];
}

const published = (name: string, guarantee: Guarantee, type: z.ZodType, title: string): PublishedSchema => ({
  name,
  guarantee,
  schema: schemaOf(type, title),
});
