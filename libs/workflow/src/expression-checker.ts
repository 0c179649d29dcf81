import type { TaskDefinition, WorkflowDefinition } from './definition.js';
import { compileExpression } from './expressions.js';
import type { CompiledExpression } from './expressions.js';
import { didYouMean } from './nearest.js';
import { compileTemplate } from './templates.js';
import type { Problem } from './validate.js';

const EVERYWHERE = ['input', 'tasks', 'run', 'failures'];

interface Checker {
  expression(source: string, at: readonly PropertyKey[]): void;
  template(template: TaskDefinition['with'], at: readonly PropertyKey[]): void;
}

/** Checks expressions of one place: `known` are the tasks that it may read, `extra` the variables beside those that are everywhere. */
export function expressionChecker(
  definition: WorkflowDefinition,
  known: ReadonlySet<string>,
  extra: readonly string[],
  problems: Problem[],
): Checker {
  const failed = (error: unknown, at: readonly PropertyKey[]): void => {
    problems.push({
      code: 'expression.bad',
      message: error instanceof Error ? error.message : String(error),
      at,
    });
  };
  const inspect = (expression: CompiledExpression, at: readonly PropertyKey[]): void => {
    problems.push(...taskProblems(definition, expression, known, at));
    problems.push(...inputProblems(definition, expression, at));
    for (const name of expression.variables) {
      if (EVERYWHERE.includes(name) || extra.includes(name)) continue;
      problems.push({
        code: 'expression.no-variable',
        message: `"${expression.source}" reads ${name}, which does not exist here`,
        at,
      });
    }
  };
  return {
    expression(source, at) {
      try {
        inspect(compileExpression(source), at);
      } catch (error) {
        failed(error, at);
      }
    },
    template(template, at) {
      const compiled = compileTemplate(template, '', (error, path) =>
        failed(error, [...at, ...partsOf(path)]),
      );
      for (const { expression, path } of compiled.expressions) inspect(expression, [...at, ...partsOf(path)]);
    },
  };
}

function taskProblems(
  { tasks }: WorkflowDefinition,
  expression: CompiledExpression,
  known: ReadonlySet<string>,
  at: readonly PropertyKey[],
): Problem[] {
  const unknown = expression.tasks.filter((task) => !known.has(task));
  return unknown.map((task) => {
    const reason = Object.hasOwn(tasks, task)
      ? `add "${task}" to needs (directly or through another need)`
      : `there is no task "${task}"${didYouMean(task, known)}`;
    const message = `"${expression.source}" reads tasks.${task}: ${reason}`;
    return { code: 'expression.unknown-task', message, at };
  });
}

/** With a closed schema of the input, a field that it does not name can never be there. */
function inputProblems(
  { input }: WorkflowDefinition,
  { inputs, source }: CompiledExpression,
  at: readonly PropertyKey[],
): Problem[] {
  const properties = input?.['properties'];
  if (properties === undefined || !isClosed(input)) return [];
  const known = Object.keys(properties as object);
  return inputs
    .filter((field) => !known.includes(field))
    .map((field) => ({
      code: 'expression.unknown-input',
      message: `"${source}" reads input.${field}, which the schema of the input does not name${didYouMean(field, known)}`,
      at,
    }));
}

const isClosed = (schema: WorkflowDefinition['input']): boolean =>
  (schema?.['additionalProperties'] ?? false) === false && schema?.['patternProperties'] === undefined;

const partsOf = (path: string): PropertyKey[] =>
  [...path.matchAll(/\.([^.[\]]+)|\[(\d+)\]/g)].map(([, key, index]) =>
    index === undefined ? (key ?? '') : Number(index),
  );
