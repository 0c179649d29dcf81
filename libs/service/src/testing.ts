export { ServiceAlone } from './testing/service-alone.js';
export type { Asked } from './testing/service-alone.js';
export { GivenUp } from './work/given-up.js';
export { LostEvents } from './work/lost-events.js';
export { OutboxRelay } from './work/outbox-relay.js';
export { TaskExecutor } from './work/task-executor.js';
export type { ExecutorOptions } from './work/task-executor.js';
export type { CommitPorts } from './work/task-commit.js';
