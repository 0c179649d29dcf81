import { z } from 'zod';
import { OptimizeInput } from '../tasks/optimize.js';
import { runFilter } from './run-filter.js';
import { because, done, list, paging } from './shapes.js';
import type { HttpContract } from './shapes.js';
import { ApprovalView, EventView, InventoryView, RunDetail, RunView, TraceView } from './views.js';

/** Runs and their approvals: what people see of them and do to them. */
export const runOperations = {
  startRun: {
    method: 'POST',
    path: '/api/v1/runs',
    summary: 'Start a run; the answer comes after it is durable',
    body: z
      .object({
        workflow: z.string().default('optimize'),
        /** The current version unless told. */
        version: z.string().optional(),
        /** For `optimize` an OptimizeInput; for others what the schema of their definition says. */
        input: z.unknown(),
        labels: z.record(z.string(), z.string()).default({}),
        actor: z.string().default('local'),
        idempotencyKey: z.string().min(1),
      })
      .superRefine(
        ({ workflow, input }, context) => {
          if (workflow !== 'optimize') return;
          for (const { path, message } of OptimizeInput.safeParse(input).error?.issues ?? [])
            context.addIssue({ code: 'custom', path: ['input', ...path], message });
        },
        // Beside the problems of the other fields, not after them.
        { when: ({ value }) => typeof value === 'object' && value !== null },
      ),
    reply: done,
  },
  listRuns: {
    method: 'GET',
    path: '/api/v1/runs',
    summary: 'Runs, newest first',
    query: z.object({ ...runFilter, ...paging }),
    reply: list(RunView),
  },
  showRun: { method: 'GET', path: '/api/v1/runs/{runId}', summary: 'A run with its tasks', reply: RunDetail },
  runEvents: {
    method: 'GET',
    path: '/api/v1/runs/{runId}/events',
    summary: 'The stored history of a run',
    reply: list(EventView),
  },
  watchRun: {
    method: 'GET',
    path: '/api/v1/runs/{runId}/watch',
    summary: 'The run after every change, until it is terminal',
    reply: RunDetail,
    answer: 'sse',
  },
  cancelRun: {
    method: 'POST',
    path: '/api/v1/runs/{runId}/cancel',
    summary: 'Cancel a run',
    body: z.object({ compensate: z.boolean().optional(), ...because }),
    reply: done,
  },
  pauseRun: {
    method: 'POST',
    path: '/api/v1/runs/{runId}/pause',
    summary: 'Pause a run',
    body: z.object(because),
    reply: done,
  },
  resumeRun: {
    method: 'POST',
    path: '/api/v1/runs/{runId}/resume',
    summary: 'Go on with a paused or suspended run from the last completed step',
    body: z.object(because),
    reply: done,
  },
  runInventory: {
    method: 'GET',
    path: '/api/v1/runs/{runId}/inventory',
    summary: 'What was scanned, and what was not',
    reply: InventoryView,
  },
  runTrace: {
    method: 'GET',
    path: '/api/v1/runs/{runId}/trace',
    summary: 'The waterfall of a run',
    reply: TraceView,
  },
  listApprovals: {
    method: 'GET',
    path: '/api/v1/approvals',
    summary: 'Approvals',
    query: z.object({ status: z.string().optional(), runId: z.string().optional(), ...paging }),
    reply: list(ApprovalView),
  },
  decideApproval: {
    method: 'POST',
    path: '/api/v1/approvals/{runId}/{taskId}/decision',
    summary: 'Grant or reject; the digest must be the one that was shown',
    body: z.object({ decision: z.enum(['grant', 'reject']), digest: z.string(), ...because }),
    reply: z.object({ runId: z.string(), taskId: z.string(), status: z.string(), decidedBy: z.string() }),
  },
  terminateRun: {
    method: 'POST',
    path: '/api/v1/runs/{runId}/terminate',
    summary: 'End a run at once: nothing is waited for or undone',
    body: z.object(because),
    reply: done,
  },
  signalRun: {
    method: 'POST',
    path: '/api/v1/runs/{runId}/signals/{name}',
    summary: 'Give a run a signal that a task waits for, now or later',
    body: z.object({ payload: z.unknown().optional(), ...because }),
    reply: done,
  },
  retryTask: {
    method: 'POST',
    path: '/api/v1/runs/{runId}/tasks/{taskId}/retry',
    summary: 'Try a task now that waits for its next attempt',
    body: z.object(because),
    reply: done,
  },
  skipTask: {
    method: 'POST',
    path: '/api/v1/runs/{runId}/tasks/{taskId}/skip',
    summary: 'Go on without a task; what needs it runs',
    body: z.object(because),
    reply: done,
  },
  restartRun: {
    method: 'POST',
    path: '/api/v1/runs/{runId}/restart',
    summary: 'Do a run that has ended again as a new one, from its start or from a task on',
    body: z.object({ from: z.string().optional(), input: z.unknown().optional(), ...because }),
    reply: done.extend({ restartOf: z.string() }),
  },
} as const satisfies Record<string, HttpContract>;
