/** The door of Nest apps: whoever comes by the other one does not load Nest. */
export * from './nest/jetstream.strategy.js';
