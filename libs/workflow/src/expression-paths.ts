import type { ASTNode } from '@marcbachmann/cel-js';
import type { Json } from '@trimtab/kernel';

/** A chain of plain accesses gives a part of the data itself, which is JSON already. */
export function isPath(node: ASTNode): boolean {
  if (node.op === 'id') return true;
  if (node.op === '.') return isPath(node.args[0]);
  return node.op === '[]' && isPath(node.args[0]) && (node.args[1].op === 'value' || isPath(node.args[1]));
}

/** The names of a chain of fields, as in `tasks.scan.output`; undefined for any other expression. */
export function namesOf(node: ASTNode): readonly string[] | undefined {
  if (node.op === 'id') return [node.args];
  const [object, field] = node.op === '.' ? node.args : [];
  const before = object && namesOf(object);
  return before && typeof field === 'string' ? [...before, field] : undefined;
}

/** Follows names through plain objects; undefined where CEL has to say what it means. */
export function valueAt(variables: object, names: readonly string[]): Json | undefined {
  let value: unknown = variables;
  for (const name of names) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return undefined;
    value = (value as Record<string, unknown>)[name];
  }
  return value as Json | undefined;
}
