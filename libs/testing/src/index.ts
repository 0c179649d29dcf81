export { testServers } from '@trimtab/embedded/testing';
export type { TestServers, TestServersOptions } from '@trimtab/embedded/testing';
export * from './decider.js';
export * from './eventually.js';
export * from './faulty-process.js';
export * from './otlp-receiver.js';
export type { AttributeValue, Attributes } from './otlp-values.js';
export type { ReceivedLog, ReceivedMetric, ReceivedSpan } from './otlp-telemetry.js';
