import { z } from 'zod';
import { Explanation, PolicyReport, PoolView } from '../domain/steering.js';
import { list } from './shapes.js';
import type { HttpContract } from './shapes.js';

/** Who does tasks, how they are routed, and why. */
export const steeringOperations = {
  listPools: {
    method: 'GET',
    path: '/api/v1/pools',
    summary: 'Pools of workers with readiness, load, latency, error rate and backlog',
    reply: list(PoolView),
  },
  listPolicies: {
    method: 'GET',
    path: '/api/v1/policies',
    summary: 'Routing policies and adaptive triggers, with what is on',
    reply: PolicyReport,
  },
  explainRun: {
    method: 'GET',
    path: '/api/v1/runs/{runId}/explanation',
    summary: 'Why a run, or one of its tasks, went as it did, in plain words',
    query: z.object({ task: z.string().optional() }),
    reply: Explanation,
  },
} as const satisfies Record<string, HttpContract>;
