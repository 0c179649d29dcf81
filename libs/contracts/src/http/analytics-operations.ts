import { z } from 'zod';
import {
  Analytics,
  AnalyticsDimension,
  AnalyticsRebuild,
  AnalyticsWindow,
  RunOutcome,
} from '../domain/analytics.js';
import { list, paging } from './shapes.js';
import type { HttpContract } from './shapes.js';

/** How the orchestration did: success, failures, retries, latency, and what runs brought. */
export const analyticsOperations = {
  showAnalytics: {
    method: 'GET',
    path: '/api/v1/analytics',
    summary: 'Success rate, failures, retries and latency percentiles by workflow, task, service or node',
    query: z.object({
      by: AnalyticsDimension.default('workflow'),
      window: AnalyticsWindow.default('24h'),
    }),
    reply: Analytics,
  },
  listOutcomes: {
    method: 'GET',
    path: '/api/v1/analytics/runs',
    summary: 'What each run brought (findings, savings), newest first',
    query: z.object({ workflow: z.string().optional(), ...paging }),
    reply: list(RunOutcome),
  },
  rebuildAnalytics: {
    method: 'POST',
    path: '/api/v1/analytics/rebuild',
    summary: 'Count everything again from the events; the old view answers until the new one is whole',
    body: z.object({}),
    reply: AnalyticsRebuild,
  },
  analyticsRebuild: {
    method: 'GET',
    path: '/api/v1/analytics/rebuild',
    summary: 'How far the last rebuild is',
    reply: AnalyticsRebuild,
  },
} as const satisfies Record<string, HttpContract>;
