/** Pattern under which a handler of a task type is registered with the transport. */
export const taskPattern = (type: string): string => `task:${type}`;
/** Pattern under which a subscriber of a public event type is registered with the transport. */
export const eventPattern = (type: string): string => `event:${type}`;
