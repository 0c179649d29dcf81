import { ENGINE_TASKS } from './definition.js';
import type { TaskDefinition, Template, WorkflowDefinition } from './definition.js';
import { didYouMean } from './nearest.js';
import type { Problem } from './validate.js';

/** What is known of a task type beside its name. */
export interface TaskShape {
  /** Fields that its input must have. */
  readonly required: readonly string[];
}

/** Task types that somebody offers, by name. */
export type Catalogue = Readonly<Record<string, TaskShape>>;

/**
 * What of a definition does not fit the task types that are known. A type that nobody is known to offer is a warning:
 * a service may yet come; one that a known service does not have is an error.
 */
export function catalogueProblems(definition: WorkflowDefinition, catalogue: Catalogue): Problem[] {
  return Object.entries(definition.tasks).flatMap(([id, task]) => {
    const at = ['tasks', id];
    const { compensate } = task;
    return [
      ...useProblems(task, at, catalogue),
      ...(compensate ? useProblems(compensate, [...at, 'compensate'], catalogue) : []),
    ];
  });
}

function useProblems(
  { uses, with: input }: Pick<TaskDefinition, 'uses' | 'with'>,
  at: readonly PropertyKey[],
  catalogue: Catalogue,
): Problem[] {
  if ((ENGINE_TASKS as readonly string[]).includes(uses)) return [];
  const shape = Object.hasOwn(catalogue, uses) ? catalogue[uses] : undefined;
  if (!shape) return [unknownType(uses, [...at, 'uses'], catalogue)];
  const given = fieldsOf(input);
  return shape.required
    .filter((field) => given && !given.includes(field))
    .map((field) => ({
      code: 'with.missing',
      message: `${uses} needs with.${field}`,
      at: [...at, 'with'],
    }));
}

function unknownType(uses: string, at: readonly PropertyKey[], catalogue: Catalogue): Problem {
  const known = Object.keys(catalogue);
  const service = `${uses.split('.')[0] ?? ''}.`;
  const ofService = known.filter((type) => type.startsWith(service));
  const hint = didYouMean(uses, [...known, ...ENGINE_TASKS]);
  if (ofService.length > 0) {
    const message = `there is no task type ${uses}${hint || `; known are ${ofService.join(', ')}`}`;
    return { code: 'uses.unknown', message, at };
  }
  const message = `nobody is known to offer ${uses}${hint || ': the task waits until a service does'}`;
  return { code: 'uses.unknown', message, at, severity: 'warning' };
}

/** Undefined when the fields are known only when the run is there. */
const fieldsOf = (input: Template): string[] | undefined =>
  input !== null && typeof input === 'object' && !Array.isArray(input) ? Object.keys(input) : undefined;
