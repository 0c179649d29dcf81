import { z } from 'zod';
import { CostImport } from '../domain/cost.js';
import { ReportFormat } from '../domain/report.js';
import { CloudSettings } from '../domain/settings.js';
import { because, done, list, paging } from './shapes.js';
import type { HttpContract } from './shapes.js';
import { ActionView, AnomalyView, BudgetView, RecommendationView, ReportView, SpendView } from './views.js';

/** What a run found, did and reported, and the bills it reads. */
export const findingOperations = {
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
} as const satisfies Record<string, HttpContract>;
