import type { Json } from '@trimtab/kernel';
import type { Command } from './commands.js';
import type { CompiledWorkflow } from './compile.js';
import type { RunEvent } from './events.js';
import { evolve } from './evolve.js';
import type { DecideEnv } from './inputs.js';
import type { LimitWarning } from './limits.js';
import { commandsOf } from './open-commands.js';
import type { RunState } from './state.js';

/** One decision in the making: events are applied as they are found, so that each rule sees the state it is about. */
export interface Turn {
  readonly workflow: CompiledWorkflow;
  readonly state: RunState;
  readonly at: string;
  readonly env: DecideEnv;
  readonly events: RunEvent[];
  readonly commands: Command[];
  readonly warnings: LimitWarning[];
  /** Tasks that may be able to start now; a list instead of recursion, so that long chains need no stack. */
  readonly ready: string[];
}

type Bare<E> = E extends RunEvent ? Omit<E, 'at'> : never;

/** Records an event (`bare` becomes it), applies it and derives its commands. `input`: the task's input, when known. */
export function emit(turn: Turn, bare: Bare<RunEvent>, input?: Json): void {
  const event = bare as RunEvent & { at: string };
  event.at = turn.at;
  const before = 'task' in event && event.task !== undefined ? turn.state.tasks.get(event.task) : undefined;
  evolve(turn.workflow, turn.state, event);
  turn.events.push(event);
  for (const command of commandsOf(turn.workflow, turn.state, event, before, input))
    turn.commands.push(command);
}

/** Asks for another look at everything that needs this task, or at its fan-out. */
export function wake(turn: Turn, id: string): void {
  for (const dependent of turn.workflow.tasks.get(id)?.dependents ?? []) {
    if (turn.state.waitingFor.get(dependent) === 0) turn.ready.push(dependent);
  }
}
