import type { z } from 'zod';
import { definitionEvents } from './definition-events.js';
import { findingEvents } from './finding-events.js';
import { recoveryEvents } from './recovery-events.js';
import { routingEvents } from './routing-events.js';
import { runEvents } from './run-events.js';
import { scheduleEvents } from './schedule-events.js';

/**
 * Public events: `data` schema by CloudEvent type `trimtab.<context>.<event>.v<major>`,
 * published on `trimtab.evt.<context>.<event>.v<major>`. Published schemas only grow (docs/messages.md).
 */
export const eventContracts = {
  ...runEvents,
  ...findingEvents,
  ...scheduleEvents,
  ...routingEvents,
  ...definitionEvents,
  ...recoveryEvents,
} as const;

export type EventType = keyof typeof eventContracts;
export type EventData<T extends EventType> = z.infer<(typeof eventContracts)[T]>;

/** A public event before the envelope: `subject` is the thing it speaks of (a run, a resource, a budget). */
export interface PublicEvent<T extends EventType = EventType> {
  readonly type: T;
  readonly subject: string;
  readonly data: EventData<T>;
}

/** A public event, checked by the compiler against its schema. */
export const publicEvent = <T extends EventType>(
  type: T,
  subject: string,
  data: EventData<T>,
): PublicEvent<T> => ({
  type,
  subject,
  data,
});
