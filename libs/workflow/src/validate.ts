import { ENGINE_TASKS } from './definition.js';
import type { TaskDefinition, WorkflowDefinition } from './definition.js';
import { compileExpression } from './expressions.js';
import type { CompiledExpression } from './expressions.js';
import { ancestorsOf, cycleIn } from './graph.js';
import { compileTemplate } from './templates.js';

export interface Problem {
  readonly code: string;
  readonly message: string;
  readonly at: readonly PropertyKey[];
}

/** Every rule that the shape alone does not say: names, dependencies, cycles, expressions. */
export function problemsOf(definition: WorkflowDefinition): Problem[] {
  const ids = Object.keys(definition.tasks);
  const problems: Problem[] = [];
  if (ids.length === 0)
    problems.push({ code: 'tasks.none', message: 'a workflow needs at least one task', at: ['tasks'] });
  for (const id of ids) problems.push(...nameProblems(id), ...needsProblems(definition, id));
  const cycle = problems.length === 0 ? cycleIn(definition.tasks) : undefined;
  if (cycle) {
    problems.push({
      code: 'needs.cycle',
      message: `cycle: ${cycle.join(' → ')}`,
      at: ['tasks', cycle[0] ?? '', 'needs'],
    });
  }
  const acyclic = cycle === undefined;
  for (const id of ids) {
    const known = acyclic ? ancestorsOf(definition.tasks, id) : new Set(ids);
    problems.push(
      ...taskExpressions(definition, id, known),
      ...engineTaskProblems(id, taskOf(definition, id)),
    );
  }
  if (definition.outputs !== undefined) {
    const check = expressionChecker(definition, new Set(ids), [], problems);
    check.template(definition.outputs, ['outputs']);
  }
  return problems;
}

const taskOf = (definition: WorkflowDefinition, id: string): TaskDefinition =>
  definition.tasks[id] as TaskDefinition;

function nameProblems(id: string): Problem[] {
  if (/^[a-zA-Z_][a-zA-Z0-9_-]{0,62}$/.test(id) && id !== '__proto__') return [];
  const message = `"${id}" is no name for a task: letters, digits, _ and -, beginning with a letter, at most 63`;
  return [{ code: 'tasks.bad-name', message, at: ['tasks', id] }];
}

function needsProblems(definition: WorkflowDefinition, id: string): Problem[] {
  const seen = new Set<string>();
  return taskOf(definition, id).needs.flatMap((need, i): Problem[] => {
    const at = ['tasks', id, 'needs', i];
    if (need === id) return [{ code: 'needs.self', message: `${id} needs itself`, at }];
    if (!Object.hasOwn(definition.tasks, need))
      return [{ code: 'needs.unknown', message: `there is no task "${need}"`, at }];
    if (seen.has(need)) return [{ code: 'needs.duplicate', message: `"${need}" is listed twice`, at }];
    seen.add(need);
    return [];
  });
}

function engineTaskProblems(id: string, task: TaskDefinition): Problem[] {
  const at = ['tasks', id];
  const fields =
    task.with !== null && typeof task.with === 'object' && !Array.isArray(task.with)
      ? Object.keys(task.with)
      : [];
  if (task.approval && task.uses !== 'approval') {
    return [
      {
        code: 'approval.misplaced',
        message: '`approval` belongs to a task with `uses: approval`',
        at: [...at, 'approval'],
      },
    ];
  }
  const wanted = { timer: ['duration', 'until'], signal: ['name'], workflow: ['name'] }[task.uses];
  if (!wanted || wanted.some((field) => fields.includes(field))) return [];
  return [
    {
      code: 'with.missing',
      message: `${task.uses} needs with.${wanted.join(' or with.')}`,
      at: [...at, 'with'],
    },
  ];
}

function taskExpressions(definition: WorkflowDefinition, id: string, known: ReadonlySet<string>): Problem[] {
  const task = taskOf(definition, id);
  const problems: Problem[] = [];
  const at = ['tasks', id];
  const loop = task.forEach === undefined ? [] : ['item', 'index'];
  const before = expressionChecker(definition, known, [], problems);
  const inside = expressionChecker(definition, known, loop, problems);
  const after = expressionChecker(definition, known, [...loop, 'output'], problems);
  if (task.when !== undefined) before.expression(task.when, [...at, 'when']);
  if (task.forEach !== undefined) before.expression(task.forEach, [...at, 'forEach']);
  inside.template(task.with, [...at, 'with']);
  if (task.route !== undefined) inside.template(task.route, [...at, 'route']);
  if (task.approval) {
    inside.template(task.approval.digest, [...at, 'approval', 'digest']);
    task.approval.grantedBy.forEach((rule, i) =>
      inside.expression(rule.when, [...at, 'approval', 'grantedBy', i, 'when']),
    );
  }
  if (task.outputs !== undefined) after.template(task.outputs, [...at, 'outputs']);
  if (task.compensate) {
    after.template(task.compensate.with, [...at, 'compensate', 'with']);
    if ((ENGINE_TASKS as readonly string[]).includes(task.compensate.uses)) {
      problems.push({
        code: 'compensate.uses',
        message: 'a compensation is a task of a service',
        at: [...at, 'compensate', 'uses'],
      });
    }
  }
  return problems;
}

const EVERYWHERE = ['input', 'tasks', 'run', 'failures'];

interface Checker {
  expression(source: string, at: readonly PropertyKey[]): void;
  template(template: TaskDefinition['with'], at: readonly PropertyKey[]): void;
}

function expressionChecker(
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
    for (const task of expression.tasks) {
      if (known.has(task)) continue;
      const reason = Object.hasOwn(definition.tasks, task)
        ? `add "${task}" to needs (directly or through another need)`
        : `there is no task "${task}"`;
      problems.push({
        code: 'expression.unknown-task',
        message: `"${expression.source}" reads tasks.${task}: ${reason}`,
        at,
      });
    }
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

const partsOf = (path: string): PropertyKey[] =>
  [...path.matchAll(/\.([^.[\]]+)|\[(\d+)\]/g)].map(([, key, index]) =>
    index === undefined ? (key ?? '') : Number(index),
  );
