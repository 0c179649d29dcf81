import type { ActionKind, ResourceOf, ResourceType } from '@trimtab/contracts';
import type { z } from 'zod';
import type { Facts } from './facts.js';
import type { Step } from './step.js';
import type { LiveOf } from './target.js';

export type ExecutableKind = Exclude<ActionKind, 'advice'>;

/** The way back, recorded before the act. Without steps a person rebuilds from what the note and the record say. */
export interface Rollback {
  readonly possible: boolean;
  readonly steps: readonly Step[];
  readonly note?: string;
  /** What holds again afterwards; null when the way back makes a new resource. */
  readonly restores: Facts | null;
}

/** An action made concrete from the live state just before it: all of it is data and is stored before the first effect. */
export interface Procedure {
  readonly steps: readonly Step[];
  /** What the action leaves: verified after it, and still demanded before it is rolled back. */
  readonly leaves: Facts;
  readonly rollback: Rollback;
  /** Whether a failure half-way is worse than the start, so that the way back is taken at once. */
  readonly restoreOnFailure: boolean;
  /** Live state just before the act, whole, for a person who rebuilds by hand. */
  readonly before?: unknown;
}

export interface Subject<P, L> {
  readonly actionId: string;
  readonly id: string;
  readonly parameters: P;
  readonly before: L;
}

/** How one kind of action is planned, done, verified and undone. */
export interface ActionDefinition<T extends ResourceType = ResourceType, P = unknown> {
  readonly kind: ExecutableKind;
  readonly resourceType: T;
  /** What a recommendation may ask of it; anything else is not planned. */
  readonly parameters: z.ZodType<P>;
  /** Why this resource cannot be acted on in this way; undefined = it can. */
  readonly unfit?: (resource: ResourceOf<T>, parameters: P) => string | undefined;
  readonly procedure: (subject: Subject<P, LiveOf<T>>) => Procedure;
}

export const defineAction = <T extends ResourceType, P>(
  definition: ActionDefinition<T, P>,
): ActionDefinition => definition as unknown as ActionDefinition;

/** Tag by which what an action made is found again. */
export const ACTION_TAG = 'trimtab:action';

export const noWayBack = (note: string): Rollback => ({ possible: false, steps: [], note, restores: null });

export const wayBack = (steps: readonly Step[], restores: Facts | null, note?: string): Rollback => ({
  possible: true,
  steps,
  restores,
  ...(note === undefined ? {} : { note }),
});
