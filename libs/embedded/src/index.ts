export * from './configured.js';
export * from './embedded.js';
export * from './nats-server.js';
export * from './postgres-server.js';
export type { Log, Server, ServerOptions } from './server.js';
