import { z } from 'zod';
import { DefinitionProblem, RunIntegrity, WorkflowDetail, WorkflowSummary } from '../domain/workflow.js';
import { actor } from './actor.js';

const which = { name: z.string(), version: z.string().optional() };

/** People's commands and questions about definitions, what they depend on, and what is stored of runs. */
export const definitionCommands = {
  'list-workflows': {
    request: z.object({}),
    reply: z.object({ items: z.array(WorkflowSummary) }),
  },
  'show-workflow': { request: z.object(which), reply: WorkflowDetail },
  /** Makes a version known; the same text again changes nothing, another text under a version that is used is refused. */
  'register-workflow': {
    request: z.object({ text: z.string().max(1_000_000), ...actor }),
    reply: z.object({ workflow: WorkflowSummary, warnings: z.array(DefinitionProblem) }),
  },
  /** Refused while a stored run was started with it. */
  'delete-workflow': {
    request: z.object({ name: z.string(), version: z.string(), ...actor }),
    reply: WorkflowSummary,
  },
  /** Says that what tasks may be blocked on is there: `<kind>:<name>`. */
  'announce-dependency': {
    request: z.object({ key: z.string().regex(/^[a-z][a-z0-9-]*:.+$/), ...actor }),
    reply: z.object({ key: z.string() }),
  },
  /** Replays stored histories; without a run a page of all, after the run that is given. */
  'verify-runs': {
    request: z.object({
      runId: z.string().optional(),
      after: z.string().optional(),
      limit: z.int().min(1).max(500).default(100),
    }),
    reply: z.object({ items: z.array(RunIntegrity), next: z.string().nullable() }),
  },
} as const;
