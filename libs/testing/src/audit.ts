export { audit } from './audit/auditor.js';
export { Journal } from './audit/history.js';
export type { AuditedWorkflow, Fact, History, MessageNote, Noted } from './audit/history.js';
export type { Violation } from './audit/violation.js';
