export { MemoryCloud, MemoryCloudProvider } from './memory/memory-cloud.js';
export { MemoryScope, MemoryWorld } from './memory/memory-world.js';
export type { EffectCall, Fault } from './memory/memory-world.js';
export * from './memory/fixtures.js';
