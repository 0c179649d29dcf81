import { Environment, Optional } from '@marcbachmann/cel-js';
import type { ASTNode } from '@marcbachmann/cel-js';
import type { Json } from '@trimtab/kernel';
import { WorkflowError } from './errors.js';
import { isPath, namesOf, valueAt } from './expression-paths.js';
import { withFunctions } from './functions.js';

/** Bounds that make every evaluation finite and short. */
export const EXPRESSION_LIMITS = {
  characters: 4_096,
  nodes: 500,
  depth: 24,
  literalElements: 256,
  nestedLoops: 2,
  loopElements: 1_000,
};

/** Roots an expression may read. `output` exists in `outputs` and compensations, `item` and `index` in a fan-out. */
export const VARIABLES = ['input', 'tasks', 'run', 'failures', 'item', 'index', 'output'] as const;
export type Variables = { readonly [name in (typeof VARIABLES)[number]]?: unknown };

/** What an expression needs to be given. */
export interface Reads {
  /** Tasks it reads. */
  readonly tasks: readonly string[];
  /** Roots it reads. */
  readonly variables: readonly string[];
}

export interface CompiledExpression extends Reads {
  readonly source: string;
  /** Fields of the run's input that it reads. */
  readonly inputs: readonly string[];
  /** The value as JSON. Throws `workflow.expression-failed` (never retried). */
  evaluate(variables: Variables): Json;
}

const LOOPS = new Set(['map', 'filter', 'all', 'exists', 'exists_one']);
/** Their cost is not bounded by the size of the expression. */
const FORBIDDEN = new Set(['matches']);

const environment = withFunctions(
  new Environment({
    unlistedVariablesAreDyn: true,
    homogeneousAggregateLiterals: false,
    enableOptionalTypes: true,
    limits: {
      maxAstNodes: EXPRESSION_LIMITS.nodes,
      maxDepth: EXPRESSION_LIMITS.depth,
      maxListElements: EXPRESSION_LIMITS.literalElements,
      maxMapEntries: EXPRESSION_LIMITS.literalElements,
      maxCallArguments: 16,
    },
  }),
);

/** An expression over other roots than those of a workflow, for example a policy's. Throws `workflow.bad-expression`. */
export function compileRule(
  source: string,
  roots: readonly string[],
): { readonly source: string; evaluate(values: Readonly<Record<string, unknown>>): Json } {
  const compiled = compileExpression(source, roots);
  return { source, evaluate: (values) => compiled.evaluate(values as Variables) };
}

/** Parses a CEL expression. Throws `workflow.bad-expression` with the reason in one line. */
export function compileExpression(source: string, roots: readonly string[] = VARIABLES): CompiledExpression {
  if (source.length > EXPRESSION_LIMITS.characters) {
    throw bad(source.slice(0, 40), `it is longer than ${EXPRESSION_LIMITS.characters} characters`);
  }
  const parsed = parse(source);
  const found: Found = { roots, tasks: new Set(), variables: new Set(), inputs: new Set(), loops: 0 };
  walk(parsed.ast, found, new Set(), 0, source);
  const type = parsed.check();
  if (!type.valid) throw bad(source, firstLine(type.error));
  const path = isPath(parsed.ast);
  const names = namesOf(parsed.ast);
  return {
    source,
    tasks: [...found.tasks],
    variables: [...found.variables],
    inputs: [...found.inputs],
    evaluate(variables) {
      const plain = names && valueAt(variables, names);
      if (plain !== undefined) return plain;
      try {
        if (found.loops >= EXPRESSION_LIMITS.nestedLoops) assertSmallLists(variables);
        const value: unknown = parsed(variables as Record<string, unknown>);
        return path ? ((value ?? null) as Json) : toJson(value);
      } catch (cause) {
        throw new WorkflowError('workflow.expression-failed', `\${ ${source} } failed: ${firstLine(cause)}`, {
          cause,
        });
      }
    },
  };
}

interface Found {
  readonly roots: readonly string[];
  readonly tasks: Set<string>;
  readonly variables: Set<string>;
  readonly inputs: Set<string>;
  loops: number;
}

function parse(source: string): ReturnType<Environment['parse']> {
  try {
    return environment.parse(source);
  } catch (cause) {
    const hint = source.includes('${') ? ' (an expression of its own is written without ${ })' : '';
    throw bad(source, firstLine(cause) + hint);
  }
}

function walk(node: ASTNode, found: Found, bound: ReadonlySet<string>, loops: number, source: string): void {
  if (node.op === 'id') return readVariable(node.args, found, bound, source);
  const field = fieldOf('input', node, bound);
  if (field !== undefined) found.inputs.add(field);
  const task = fieldOf('tasks', node, bound);
  if (task !== undefined) {
    found.tasks.add(task);
    found.variables.add('tasks');
    return;
  }
  if (node.op === 'rcall' || node.op === 'call') {
    const name = node.args[0];
    if (FORBIDDEN.has(name)) throw bad(source, `${name}() is not available because its cost is not bounded`);
    if (node.op === 'rcall') return walkMethod(node, found, bound, loops, source);
  }
  for (const child of children(node.args)) walk(child, found, bound, loops, source);
}

function walkMethod(
  node: ASTNode & { op: 'rcall' },
  found: Found,
  bound: ReadonlySet<string>,
  loops: number,
  source: string,
): void {
  const [name, receiver, args] = node.args;
  const bind = isCelNamespace(receiver) && name === 'bind';
  const loop = LOOPS.has(name);
  const binder = bind || loop ? args[0] : undefined;
  if (!bind) walk(receiver, found, bound, loops, source);
  const depth = loop ? enterLoop(found, loops + 1, source) : loops;
  const named = binder?.op === 'id';
  const inner = named ? new Set([...bound, binder.args]) : bound;
  for (const child of named ? args.slice(1) : args) walk(child, found, inner, depth, source);
}

function enterLoop(found: Found, depth: number, source: string): number {
  if (depth > EXPRESSION_LIMITS.nestedLoops)
    throw bad(source, `loops are nested deeper than ${EXPRESSION_LIMITS.nestedLoops}`);
  found.loops = Math.max(found.loops, depth);
  return depth;
}

const isCelNamespace = (node: ASTNode): boolean => node.op === 'id' && node.args === 'cel';

function readVariable(name: string, found: Found, bound: ReadonlySet<string>, source: string): void {
  if (bound.has(name)) return;
  if (name === 'tasks') throw bad(source, 'after `tasks` comes the name of a task, as in tasks.scan.output');
  if (!found.roots.includes(name)) {
    throw bad(source, `there is no variable \`${name}\`; known are ${found.roots.join(', ')}`);
  }
  found.variables.add(name);
}

const ACCESS = new Set<string>(['.', '.?', '[]', '[?]']);

/** `x` of `tasks.x` and `tasks["x"]`, of `input` likewise. */
function fieldOf(root: 'tasks' | 'input', node: ASTNode, bound: ReadonlySet<string>): string | undefined {
  if (!ACCESS.has(node.op) || bound.has(root)) return undefined;
  const [object, key] = node.args as [ASTNode, ASTNode | string];
  if (object.op !== 'id' || object.args !== root) return undefined;
  if (typeof key === 'string') return key;
  return key.op === 'value' && typeof key.args === 'string' ? key.args : undefined;
}

function* children(args: unknown): Generator<ASTNode> {
  if (Array.isArray(args)) for (const inner of args) yield* children(inner);
  else if (args !== null && typeof args === 'object' && 'op' in args) yield args as ASTNode;
}

function toJson(value: unknown): Json {
  switch (typeof value) {
    case 'string':
    case 'boolean':
      return value;
    case 'bigint':
      return Number(value);
    case 'number':
      return finite(value);
    case 'object':
      return value === null ? null : objectToJson(value);
    default:
      return null;
  }
}

function finite(value: number): number {
  if (Number.isFinite(value)) return value;
  throw new RangeError('the result is not a finite number');
}

function objectToJson(value: object): Json {
  if (Array.isArray(value)) return value.map(toJson);
  if (value instanceof Optional) return value.hasValue() ? toJson(value.value()) : null;
  if (value instanceof Date) return value.toISOString();
  const entries = value instanceof Map ? [...value.entries()] : Object.entries(value);
  const prototype: unknown = Object.getPrototypeOf(value);
  if (!(value instanceof Map) && prototype !== Object.prototype && prototype !== null) {
    throw new TypeError('the result is not a JSON value');
  }
  return Object.fromEntries(entries.map(([key, inner]) => [String(key), toJson(inner)]));
}

/** Nested loops cost the square of the list: refuse long lists before they start. */
function assertSmallLists(value: unknown): void {
  if (Array.isArray(value) && value.length > EXPRESSION_LIMITS.loopElements) {
    throw new RangeError(`nested loops take lists of at most ${EXPRESSION_LIMITS.loopElements} elements`);
  }
  if (value !== null && typeof value === 'object')
    for (const inner of Object.values(value)) assertSmallLists(inner);
}

const firstLine = (error: unknown): string =>
  (error instanceof Error ? error.message : String(error)).split('\n')[0] ?? '';

const bad = (source: string, reason: string): WorkflowError =>
  new WorkflowError('workflow.bad-expression', `Correct the expression "${source}": ${reason}.`);
