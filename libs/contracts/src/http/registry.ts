import { z } from 'zod';
import { ErrorInfoSchema } from '../domain/common.js';
import { CostImport } from '../domain/cost.js';
import { ReportFormat } from '../domain/report.js';
import { CloudSettings } from '../domain/settings.js';
import { OptimizeInput } from '../tasks/optimize.js';
import { engineOperations } from './operations.js';
import { runOperations } from './run-operations.js';
import { because, done, list, paging } from './shapes.js';
import type { HttpContract } from './shapes.js';
import {
  ActionView,
  AnomalyView,
  ApprovalView,
  BudgetView,
  DeadLetterView,
  EventView,
  InventoryView,
  RecommendationView,
  ReportView,
  RunDetail,
  RunView,
  ServiceView,
  SpendView,
  TraceView,
} from './views.js';

/** The HTTP API: gateway, OpenAPI document and typed client all come from this table. */
export const httpContracts = {
  startRun: {
    method: 'POST',
    path: '/api/v1/runs',
    summary: 'Start a run; the answer comes after it is durable',
    body: z.object({
      workflow: z.string().default('optimize'),
      input: OptimizeInput,
      labels: z.record(z.string(), z.string()).default({}),
      actor: z.string().default('local'),
      idempotencyKey: z.string().min(1),
    }),
    reply: done,
  },
  listRuns: {
    method: 'GET',
    path: '/api/v1/runs',
    summary: 'Runs, newest first',
    query: z.object({ status: z.string().optional(), workflow: z.string().optional(), ...paging }),
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
  ...runOperations,
  ...engineOperations,
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
  listReports: {
    method: 'GET',
    path: '/api/v1/reports',
    summary: 'Reports, newest first',
    query: z.object({ runId: z.string().optional(), ...paging }),
    reply: list(ReportView),
  },
  readReport: {
    method: 'GET',
    path: '/api/v1/reports/{runId}/{format}',
    summary: `A report as ${ReportFormat.options.join(', ')}`,
    reply: z.string(),
    answer: 'file',
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
  listRecommendations: {
    method: 'GET',
    path: '/api/v1/recommendations',
    summary: 'Recommendations, largest net saving first',
    query: z.object({
      runId: z.string().optional(),
      checkId: z.string().optional(),
      accountId: z.string().optional(),
      region: z.string().optional(),
      status: z.string().optional(),
      ...paging,
    }),
    reply: list(RecommendationView),
  },
  listAnomalies: {
    method: 'GET',
    path: '/api/v1/anomalies',
    summary: 'Cost anomalies, largest impact first',
    query: z.object({ runId: z.string().optional(), status: z.string().optional(), ...paging }),
    reply: list(AnomalyView),
  },
  showBudgets: {
    method: 'GET',
    path: '/api/v1/budgets',
    summary: 'The budget tree with actual and forecast',
    query: z.object({ runId: z.string().optional() }),
    reply: list(BudgetView),
  },
  listActions: {
    method: 'GET',
    path: '/api/v1/actions',
    summary: 'Actions and what became of them',
    query: z.object({ runId: z.string().optional(), status: z.string().optional(), ...paging }),
    reply: list(ActionView),
  },
  rollbackActions: {
    method: 'POST',
    path: '/api/v1/actions/rollback',
    summary: 'Start a run that takes back executed actions by their recorded rollback',
    body: z.object({
      cloud: CloudSettings,
      actionIds: z.array(z.string()).min(1),
      ...because,
      idempotencyKey: z.string().min(1),
    }),
    reply: done,
  },
  showSpend: {
    method: 'GET',
    path: '/api/v1/costs',
    summary: 'What is being spent, from the newest cost facts',
    reply: SpendView.nullable(),
  },
  importCosts: {
    method: 'POST',
    path: '/api/v1/costs/imports',
    summary: 'Import a FOCUS bill that the server can read',
    body: z.object({ path: z.string(), source: z.string().optional() }),
    reply: CostImport,
  },
  tailEvents: {
    method: 'GET',
    path: '/api/v1/events',
    summary: 'Public events, from a time on or new ones',
    query: z.object({
      subject: z.string().default('>'),
      from: z.string().optional(),
      follow: z.stringbool().default(true),
    }),
    reply: EventView,
    answer: 'sse',
  },
  listDeadLetters: {
    method: 'GET',
    path: '/api/v1/dead-letters',
    summary: 'Messages that were given up',
    query: z.object({ service: z.string().optional(), status: z.string().optional(), ...paging }),
    reply: list(DeadLetterView),
  },
  showDeadLetter: {
    method: 'GET',
    path: '/api/v1/dead-letters/{id}',
    summary: 'One dead letter with its bytes',
    reply: DeadLetterView,
  },
  replayDeadLetter: {
    method: 'POST',
    path: '/api/v1/dead-letters/{id}/replay',
    summary: 'Send it again to where it was going',
    body: z.object(because),
    reply: DeadLetterView,
  },
  listServices: {
    method: 'GET',
    path: '/api/v1/services',
    summary: 'Running services with what they offer',
    reply: list(ServiceView),
  },
} as const satisfies Record<string, HttpContract>;

export type { HttpContract } from './shapes.js';
export type Operation = keyof typeof httpContracts;

/** Body of every answer that is not 2xx. */
export const HttpError = z.object({ error: ErrorInfoSchema, traceId: z.string().optional() });
