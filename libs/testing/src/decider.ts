import { deepStrictEqual, fail } from 'node:assert/strict';

/** Rules as two pure functions and a first state. `Decision` is what deciding gives: events, or events and commands. */
export interface Decider<State, Input, Event, Decision> {
  readonly initial: State;
  decide(state: State, input: Input): Decision;
  evolve(state: State, event: Event): State;
}

/** After `given(...)`: a state to decide on. */
export interface Given<State, Input, Decision> {
  /** Decides; what it gives or throws is looked at by the next word. */
  when(input: Input): Outcome<Decision>;
  /** Looks at the state itself: equal to a value, or passed to a function that expects things of it. */
  state(expected: State | ((state: State) => void)): void;
}

/** After `when(...)`: what was decided. */
export interface Outcome<Decision> {
  /** Deeply equal to `expected`, or passed to a function that expects things of it. */
  then(expected: Decision | ((decision: Decision) => void)): void;
  /** Deciding threw an error with this `code`, or with a message that matches. */
  thenFails(expected: string | RegExp): void;
}

/**
 * Words for specifications of a decider:
 *
 * ```ts
 * const given = specification({ initial: nothing, decide, evolve });
 * given(runStarted, taskDone).when(cancel).then([runCancelled]);
 * ```
 *
 * Inputs and events are frozen first, so that a rule that changes its arguments fails its specification.
 */
export function specification<State, Input, Event, Decision>(
  decider: Decider<State, Input, Event, Decision>,
): (...history: readonly Event[]) => Given<State, Input, Decision> {
  return (...history) => {
    const state = frozen(
      history.reduce((before, event) => decider.evolve(frozen(before), frozen(event)), decider.initial),
    );
    return {
      state: (expected) => compare(state, expected),
      when: (input) => outcomeOf(() => decider.decide(state, frozen(input))),
    };
  };
}

function outcomeOf<Decision>(decide: () => Decision): Outcome<Decision> {
  return {
    then: (expected) => compare(decide(), expected),
    thenFails: (expected) => {
      const { code, message } = thrownBy(decide) as { code?: unknown; message?: unknown };
      if (typeof expected === 'string') deepStrictEqual(code, expected);
      else if (!expected.test(String(message))) fail(`"${String(message)}" does not match ${expected}`);
    },
  };
}

function thrownBy(decide: () => unknown): object {
  let decision: unknown;
  try {
    decision = decide();
  } catch (error) {
    return error as object;
  }
  return fail(`expected a failure, but it decided ${JSON.stringify(decision)}`);
}

function compare<T>(actual: T, expected: T | ((actual: T) => void)): void {
  if (typeof expected === 'function') (expected as (actual: T) => void)(actual);
  else deepStrictEqual(actual, expected);
}

/** Freezes plain objects and arrays in depth; class instances, maps and sets are left alone. */
function frozen<T>(value: T): T {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value;
  const prototype: unknown = Object.getPrototypeOf(value);
  if (!Array.isArray(value) && prototype !== null && Object.getPrototypeOf(prototype) !== null) return value;
  Object.values(value).forEach(frozen);
  return Object.freeze(value);
}
