import type { Json } from '@trimtab/kernel';
import type { Template } from './definition.js';
import { compileExpression } from './expressions.js';
import type { CompiledExpression, Reads, Variables } from './expressions.js';

export interface CompiledTemplate extends Reads {
  readonly expressions: readonly { readonly expression: CompiledExpression; readonly path: string }[];
  /** The template with its expressions replaced by their values. Throws `workflow.expression-failed`. */
  render(variables: Variables): Json;
}

type Renderer = (variables: Variables) => Json;
type Problem = (error: unknown, path: string) => void;

/** Compiles `${ … }` wherever strings stand; hands every bad expression with its path to `problem`. */
export function compileTemplate(template: Template, path: string, problem: Problem): CompiledTemplate {
  const expressions: { expression: CompiledExpression; path: string }[] = [];
  const expressionAt = (source: string, at: string): CompiledExpression | undefined => {
    try {
      const expression = compileExpression(source);
      expressions.push({ expression, path: at });
      return expression;
    } catch (error) {
      problem(error, at);
      return undefined;
    }
  };
  const render = rendererOf(template, path, expressionAt);
  const all = expressions.map(({ expression }) => expression);
  return { expressions, render, tasks: union(all, 'tasks'), variables: union(all, 'variables') };
}

const union = (reads: readonly Reads[], what: keyof Reads): readonly string[] => [
  ...new Set(reads.flatMap((one) => one[what])),
];

type ExpressionAt = (source: string, path: string) => CompiledExpression | undefined;

function rendererOf(template: Template, path: string, expressionAt: ExpressionAt): Renderer {
  if (typeof template === 'string') return textRenderer(template, path, expressionAt);
  if (template === null || typeof template !== 'object') return () => template;
  const before = { found: false };
  const watch: ExpressionAt = (source, at) => {
    before.found = true;
    return expressionAt(source, at);
  };
  const render = Array.isArray(template)
    ? listRenderer(template.map((inner: Json, i) => rendererOf(inner, `${path}[${i}]`, watch)))
    : objectRenderer(
        Object.entries(template).map(([key, inner]) => [
          key,
          rendererOf(inner as Json, `${path}.${key}`, watch),
        ]),
      );
  return before.found ? render : () => template;
}

const listRenderer =
  (parts: readonly Renderer[]): Renderer =>
  (variables) =>
    parts.map((part) => part(variables));

const objectRenderer =
  (parts: readonly (readonly [string, Renderer])[]): Renderer =>
  (variables) =>
    Object.fromEntries(parts.map(([key, part]) => [key, part(variables)]));

function textRenderer(text: string, path: string, expressionAt: ExpressionAt): Renderer {
  const parts = split(text);
  const only = parts.length === 1 ? parts[0] : undefined;
  if (only?.expression === false || parts.length === 0) return () => text;
  const compiled = parts.map((part) => (part.expression ? expressionAt(part.text.trim(), path) : part.text));
  if (only) {
    const expression = compiled[0];
    return (variables) => (typeof expression === 'object' ? expression.evaluate(variables) : null);
  }
  return (variables) =>
    compiled
      .map((part) => (typeof part === 'object' ? asText(part.evaluate(variables)) : (part ?? '')))
      .join('');
}

const asText = (value: Json): string => (typeof value === 'string' ? value : JSON.stringify(value));

/** Splits at `${ … }`; braces and quoted strings inside an expression are counted. */
function split(text: string): { text: string; expression: boolean }[] {
  const parts: { text: string; expression: boolean }[] = [];
  let from = 0;
  for (let start = text.indexOf('${'); start >= 0; start = text.indexOf('${', from)) {
    const end = closingBrace(text, start + 2);
    if (end < 0) break;
    if (start > from) parts.push({ text: text.slice(from, start), expression: false });
    parts.push({ text: text.slice(start + 2, end), expression: true });
    from = end + 1;
  }
  if (from < text.length) parts.push({ text: text.slice(from), expression: false });
  return parts;
}

/** Quoted text is passed over as a whole, so that a brace in it does not count. */
const TOKEN = /"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|[{}]/g;

function closingBrace(text: string, from: number): number {
  let depth = 0;
  TOKEN.lastIndex = from;
  for (let token = TOKEN.exec(text); token; token = TOKEN.exec(text)) {
    if (token[0] === '{') depth += 1;
    else if (token[0] === '}' && depth-- === 0) return token.index;
  }
  return -1;
}
