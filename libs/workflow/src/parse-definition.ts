import { LineCounter, parseDocument, isScalar, isMap } from 'yaml';
import type { Document } from 'yaml';
import { catalogueProblems } from './catalogue.js';
import type { Catalogue } from './catalogue.js';
import type { WorkflowDefinition } from './definition.js';
import { workflowSchema } from './definition-schema.js';
import type { WorkflowDocument } from './definition-schema.js';
import { WorkflowError } from './errors.js';
import type { DefinitionProblem } from './errors.js';
import { problemsOf } from './validate.js';
import type { Problem } from './validate.js';

type Place = (path: readonly PropertyKey[]) => { line: number; column: number } | undefined;

/** What a text says: its definition, when it has no errors, and every problem in the order of the text. */
export interface Inspection {
  readonly definition?: WorkflowDefinition;
  readonly problems: readonly DefinitionProblem[];
}

/**
 * A definition from YAML (or JSON) text, validated as a whole.
 * Throws `workflow.invalid-definition` with every problem, each with its path, line and column.
 */
export const parseWorkflow = (text: string): WorkflowDefinition => accepted(inspectWorkflow(text));

/** The same without throwing; with a catalogue, task types and their inputs are checked, too. */
export function inspectWorkflow(text: string, catalogue?: Catalogue): Inspection {
  const lines = new LineCounter();
  const document = parseDocument(text, {
    lineCounter: lines,
    uniqueKeys: true,
    maxAliasCount: 100,
  } as object);
  const syntax = document.errors.map((error): DefinitionProblem => {
    const { line, col } = lines.linePos(error.pos[0]);
    return {
      code: `yaml.${error.code.toLowerCase()}`,
      message: error.message.split('\n')[0] ?? '',
      path: '',
      line,
      column: col,
    };
  });
  if (syntax.length > 0) return { problems: syntax };
  return inspected(document.toJS({ maxAliasCount: 100 }), placesIn(document, lines), catalogue);
}

/** A definition written in TypeScript; the same defaults and checks as for YAML. */
export const defineWorkflow = (document: WorkflowDocument): WorkflowDefinition =>
  accepted(inspected(document, () => undefined));

function accepted({ definition, problems }: Inspection): WorkflowDefinition {
  if (definition) return definition;
  throw WorkflowError.invalidDefinition(problems);
}

function inspected(value: unknown, place: Place, catalogue?: Catalogue): Inspection {
  const parsed = workflowSchema.safeParse(value);
  const definition = parsed.success ? withoutUndefined(parsed.data as WorkflowDefinition) : undefined;
  const found = definition
    ? [...problemsOf(definition), ...(catalogue ? catalogueProblems(definition, catalogue) : [])]
    : (parsed.error?.issues ?? []).flatMap((issue) => issueProblems(issue));
  const problems = found
    .map(({ at, ...problem }) => ({ ...problem, path: pathText(at), ...place(at) }))
    .sort(byPlace);
  const refused = problems.some(({ severity }) => severity !== 'warning');
  return { problems, ...(refused || !definition ? {} : { definition }) };
}

interface Issue {
  readonly code: string;
  readonly message: string;
  readonly path: readonly PropertyKey[];
  readonly keys?: readonly string[];
}

function issueProblems(issue: Issue): Problem[] {
  if (issue.code !== 'unrecognized_keys')
    return [{ code: `schema.${issue.code}`, message: issue.message, at: issue.path }];
  return (issue.keys ?? []).map((key) => ({
    code: 'schema.unknown-key',
    message: `unknown key "${key}"`,
    at: [...issue.path, key],
  }));
}

/** Where a path stands; of a missing node, its nearest parent. */
function placesIn(document: Document, lines: LineCounter): Place {
  return (path) => {
    for (let length = path.length; length >= 0; length -= 1) {
      const offset = offsetOf(document, path.slice(0, length));
      if (offset === undefined) continue;
      const { line, col } = lines.linePos(offset);
      return { line, column: col };
    }
    return { line: 1, column: 1 };
  };
}

function offsetOf(document: Document, path: readonly PropertyKey[]): number | undefined {
  const key = path.at(-1);
  const parent = path.length === 0 ? undefined : document.getIn(path.slice(0, -1), true);
  if (isMap(parent)) {
    const pair = parent.items.find((item) => isScalar(item.key) && item.key.value === key);
    return isScalar(pair?.key) ? pair.key.range?.[0] : undefined;
  }
  const node = document.getIn(path, true) as { range?: readonly number[] } | undefined;
  return node?.range?.[0];
}

function pathText(path: readonly PropertyKey[]): string {
  return path
    .map((part, i) => (typeof part === 'number' ? `[${part}]` : `${i > 0 ? '.' : ''}${String(part)}`))
    .join('');
}

const byPlace = (a: DefinitionProblem, b: DefinitionProblem): number =>
  (a.line ?? 0) - (b.line ?? 0) || (a.column ?? 0) - (b.column ?? 0);

/** Drops keys without a value, so that equal definitions have equal canonical JSON. */
function withoutUndefined<T>(value: T): T {
  return JSON.parse(JSON.stringify(value)) as T;
}
