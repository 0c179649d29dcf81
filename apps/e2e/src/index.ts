export * from './cli.js';
export * from './cloud.js';
export * from './findings.js';
export * from './process-tree.js';
export * from './root.js';
export * from './runs.js';
export * from './services.js';
export * from './system.js';
