import { ENGINE_TASKS } from './definition.js';
import type { TaskDefinition, WorkflowDefinition } from './definition.js';
import { expressionChecker } from './expression-checker.js';
import { ancestorsOf, cycleIn } from './graph.js';
import { jsonSchemaOf } from './json-schema.js';
import { didYouMean } from './nearest.js';

export interface Problem {
  readonly code: string;
  readonly message: string;
  readonly at: readonly PropertyKey[];
  /** A warning does not refuse the definition. */
  readonly severity?: 'warning';
}

/** The engine keeps all tasks of a run in memory and looks at them together. */
export const MAX_TASKS = 10_000;

/** Every rule that the shape alone does not say: names, dependencies, cycles, expressions. */
export function problemsOf(definition: WorkflowDefinition): Problem[] {
  const ids = Object.keys(definition.tasks);
  const problems: Problem[] = [];
  if (ids.length === 0)
    problems.push({ code: 'tasks.none', message: 'a workflow needs at least one task', at: ['tasks'] });
  if (ids.length > MAX_TASKS) {
    const message = `${ids.length} tasks are more than ${MAX_TASKS}: use forEach, or child workflows`;
    problems.push({ code: 'tasks.too-many', message, at: ['tasks'] });
  }
  for (const id of ids)
    problems.push(...nameProblems(id), ...needsProblems(definition, id), ...handlerProblems(definition, id));
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
  return [...problems, ...requirementProblems(definition), ...schemaProblems(definition)];
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
    if (!Object.hasOwn(definition.tasks, need)) {
      const hint = didYouMean(need, Object.keys(definition.tasks));
      return [{ code: 'needs.unknown', message: `there is no task "${need}"${hint}`, at }];
    }
    if (seen.has(need)) return [{ code: 'needs.duplicate', message: `"${need}" is listed twice`, at }];
    seen.add(need);
    return [];
  });
}

function handlerProblems({ tasks }: WorkflowDefinition, id: string): Problem[] {
  const handler = tasks[id]?.handler;
  if (handler === undefined) return [];
  const at = ['tasks', id, 'onError', 'handler'];
  if (!Object.hasOwn(tasks, handler))
    return [{ code: 'handler.unknown', message: `there is no task "${handler}"`, at }];
  if (tasks[handler]?.needs.includes(id)) return [];
  const message = `add "${id}" to needs of ${handler}, which handles its failure`;
  return [{ code: 'handler.needs', message, at }];
}

function requirementProblems(definition: WorkflowDefinition): Problem[] {
  const problems: Problem[] = [];
  const root = expressionChecker(definition, new Set(), [], problems);
  (definition.requires ?? []).forEach((key, i) => root.template(key, ['requires', i]));
  return problems;
}

/** A schema that cannot be read would refuse every run. */
function schemaProblems(definition: WorkflowDefinition): Problem[] {
  return (['input', 'output'] as const).flatMap((part): Problem[] => {
    const schema = definition[part];
    if (schema === undefined) return [];
    try {
      jsonSchemaOf(schema);
      return [];
    } catch (error) {
      const message = `no JSON Schema: ${error instanceof Error ? error.message : String(error)}`;
      return [{ code: 'schema.bad', message, at: [part] }];
    }
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
  (task.requires ?? []).forEach((key, i) => inside.template(key, [...at, 'requires', i]));
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
