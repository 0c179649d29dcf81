import { z } from 'zod';
import { DefinitionProblem, RunIntegrity, WorkflowDetail, WorkflowSummary } from '../domain/workflow.js';
import { because, list } from './shapes.js';
import type { HttpContract } from './shapes.js';

/** Definitions of workflows, what tasks wait for outside of their runs, and the integrity of what is stored. */
export const definitionOperations = {
  listWorkflows: {
    method: 'GET',
    path: '/api/v1/workflows',
    summary: 'Versions of workflows that can be started',
    reply: list(WorkflowSummary),
  },
  showWorkflow: {
    method: 'GET',
    path: '/api/v1/workflows/{name}',
    summary: 'One version with its definition; the current one unless told',
    query: z.object({ version: z.string().optional() }),
    reply: WorkflowDetail,
  },
  registerWorkflow: {
    method: 'POST',
    path: '/api/v1/workflows',
    summary: 'Make a version known; another text under a version that is used is refused',
    body: z.object({ text: z.string().max(1_000_000), ...because }),
    reply: z.object({ workflow: WorkflowSummary, warnings: z.array(DefinitionProblem) }),
  },
  deleteWorkflow: {
    method: 'POST',
    path: '/api/v1/workflows/{name}/{version}/delete',
    summary: 'Forget a version that no stored run was started with',
    body: z.object(because),
    reply: WorkflowSummary,
  },
  announceDependency: {
    method: 'POST',
    path: '/api/v1/dependencies/{key}',
    summary: 'Say that what tasks may be blocked on is there',
    body: z.object(because),
    reply: z.object({ key: z.string() }),
  },
  verifyRuns: {
    method: 'GET',
    path: '/api/v1/integrity',
    summary: 'Replay stored histories: of one run, or of a page of all',
    query: z.object({
      runId: z.string().optional(),
      after: z.string().optional(),
      limit: z.coerce.number().int().min(1).max(500).default(100),
    }),
    reply: z.object({ items: z.array(RunIntegrity), next: z.string().nullable() }),
  },
} as const satisfies Record<string, HttpContract>;
