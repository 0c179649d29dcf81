import type { Json } from '@trimtab/kernel';
import type { ErrorInfo } from '@trimtab/kernel';
import type { RunEvent } from './events.js';
import type { LimitWarning } from './limits.js';

/** What the runtime must do because of an event, after the event is stored. Doing it twice is harmless. */
export type Command =
  | SendTask
  | {
      readonly kind: 'startChild';
      readonly task: string;
      readonly attempt: number;
      readonly child: string;
      readonly workflow: string;
      readonly version?: string;
      readonly input: Json;
    }
  | { readonly kind: 'setTimer'; readonly key: string; readonly dueAt: string }
  | { readonly kind: 'clearTimer'; readonly key: string }
  /** Look whether these are there now; say `dependencyAppeared` of each that is. */
  | { readonly kind: 'seek'; readonly task: string; readonly keys: readonly string[] }
  /** Live message to whoever works on the attempt: stop, nobody waits for the result. */
  | { readonly kind: 'cancelTask'; readonly task: string; readonly attempt: number; readonly uses: string };

export interface SendTask {
  readonly kind: 'sendTask';
  readonly task: string;
  readonly attempt: number;
  /** `<service>.<action>` */
  readonly uses: string;
  readonly pool: string;
  readonly input: Json;
  /** After this instant the result comes too late. */
  readonly deadline: string;
  readonly heartbeatMs?: number;
}

/**
 * The answer to one input. No events and no refusal: the input changes nothing (a duplicate, a stale token).
 * `refusal` is the exact reason for a person's command that cannot be carried out.
 */
export interface Decision {
  readonly events: readonly RunEvent[];
  readonly commands: readonly Command[];
  readonly refusal?: ErrorInfo;
  /** Bounds that the run comes near to, each told once. */
  readonly warnings?: readonly LimitWarning[];
}

/** The decision that changes nothing. */
export const nothing: Decision = { events: [], commands: [] };
