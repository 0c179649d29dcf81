export * from './clock.js';
export * from './duration.js';
export * from './envelope.js';
export * from './errors.js';
export * from './hash.js';
export * from './ids.js';
export * from './json.js';
export * from './money.js';
