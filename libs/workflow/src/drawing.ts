import type { TaskDefinition, WorkflowDefinition } from './definition.js';
import { inOrder } from './graph.js';

export type DrawingFormat = 'text' | 'mermaid' | 'dot';

/** The tasks of a definition and what needs what, as text by level, as a Mermaid flowchart or as Graphviz DOT. */
export function drawingOf(definition: WorkflowDefinition, format: DrawingFormat): string {
  const drawings = { text: asText, mermaid: asMermaid, dot: asDot };
  return drawings[format](definition);
}

/** One line a task, in an order in which they may run, indented by how many must run one after another before. */
function asText({ name, version, tasks }: WorkflowDefinition): string {
  const depth = new Map<string, number>();
  const lines = inOrder(tasks).map((id) => {
    const task = tasks[id] as TaskDefinition;
    const level =
      task.needs.length === 0 ? 0 : 1 + Math.max(...task.needs.map((need) => depth.get(need) ?? 0));
    depth.set(id, level);
    const needs = task.needs.length > 0 ? `  ← ${task.needs.join(', ')}` : '';
    const notes = notesOf(task);
    return `${'  '.repeat(level)}${id} (${task.uses})${needs}${notes.length > 0 ? `  [${notes.join('; ')}]` : ''}`;
  });
  return [`${name} ${version}`, ...lines].join('\n');
}

function notesOf(task: TaskDefinition): string[] {
  const notes = [
    task.when !== undefined && `when ${task.when}`,
    task.forEach !== undefined && `for each of ${task.forEach}, ${task.concurrency} at once`,
    task.requires && `requires ${task.requires.join(', ')}`,
    task.handler !== undefined && `on error ${task.handler}`,
    task.handler === undefined && task.onError !== 'fail' && `on error ${task.onError}`,
    task.optional && 'optional',
    task.always && 'always',
    task.compensate && `undone by ${task.compensate.uses}`,
  ];
  return notes.filter((note) => typeof note === 'string');
}

function asMermaid({ tasks }: WorkflowDefinition): string {
  const number = new Map(Object.keys(tasks).map((id, i) => [id, `t${i}`]));
  const nodes = Object.entries(tasks).map(([id, { uses }]) => {
    const label = quoted(`${id}<br/>${uses}`);
    return `  ${number.get(id)}${uses === 'approval' ? `{{${label}}}` : `[${label}]`}`;
  });
  const edges = Object.entries(tasks).flatMap(([id, task]) =>
    task.needs.map((need) => {
      const label = tasks[need]?.handler === id ? 'failed' : task.when;
      const arrow = label === undefined ? '-->' : `-->|${quoted(label)}|`;
      return `  ${number.get(need)} ${arrow} ${number.get(id)}`;
    }),
  );
  return ['flowchart TD', ...nodes, ...edges].join('\n');
}

const quoted = (text: string): string => `"${text.replaceAll('"', '#quot;')}"`;

function asDot({ name, tasks }: WorkflowDefinition): string {
  const nodes = Object.entries(tasks).map(([id, { uses }]) => {
    const shape = uses === 'approval' ? 'diamond' : 'box';
    return `  ${JSON.stringify(id)} [shape=${shape}, label=${JSON.stringify(`${id}\n${uses}`)}];`;
  });
  const edges = Object.entries(tasks).flatMap(([id, task]) =>
    task.needs.map((need) => `  ${JSON.stringify(need)} -> ${JSON.stringify(id)};`),
  );
  return [`digraph ${JSON.stringify(name)} {`, '  rankdir=TB;', ...nodes, ...edges, '}'].join('\n');
}
