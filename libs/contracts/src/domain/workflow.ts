import { z } from 'zod';
import { Instant } from './common.js';

/** One version of a workflow that runs can be started with. */
export const WorkflowSummary = z.object({
  name: z.string(),
  version: z.string(),
  digest: z.string(),
  description: z.string().nullable(),
  /** New runs that name no version start with this one. */
  current: z.boolean(),
  tasks: z.int(),
  taskTypes: z.array(z.string()),
  /** A file, a service, or who registered it. */
  source: z.string(),
  registeredAt: Instant,
});
export type WorkflowSummary = z.infer<typeof WorkflowSummary>;

/** A version with its definition, every default filled in. */
export const WorkflowDetail = WorkflowSummary.extend({ definition: z.unknown() });
export type WorkflowDetail = z.infer<typeof WorkflowDetail>;

/** A problem of a definition and its place in the text, counted from 1. */
export const DefinitionProblem = z.object({
  code: z.string(),
  message: z.string(),
  path: z.string(),
  line: z.int().optional(),
  column: z.int().optional(),
  severity: z.literal('warning').optional(),
});
export type DefinitionProblem = z.infer<typeof DefinitionProblem>;

/** What is wrong with the stored history of a run. */
export const IntegrityProblem = z.object({ code: z.string(), message: z.string() });

/** The stored history of a run, replayed and held against everything else that is stored of it. */
export const RunIntegrity = z.object({
  runId: z.string(),
  ok: z.boolean(),
  status: z.string().nullable(),
  events: z.int(),
  /** Version of the snapshot that was compared; null when there is none. */
  snapshot: z.int().nullable(),
  problems: z.array(IntegrityProblem),
});
export type RunIntegrity = z.infer<typeof RunIntegrity>;
