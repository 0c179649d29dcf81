import { z } from 'zod';
import { Cleanup, RunArchiveView } from '../domain/cleanup.js';
import { Incident } from '../domain/incident.js';
import { because, list, paging } from './shapes.js';
import type { HttpContract } from './shapes.js';

/** The engine as a whole: what went wrong. */
export const engineOperations = {
  listIncidents: {
    method: 'GET',
    path: '/api/v1/incidents',
    summary: 'Incidents, the open ones first',
    query: z.object({ status: z.enum(['open', 'resolved']).optional(), ...paging }),
    reply: list(Incident),
  },
  showIncident: {
    method: 'GET',
    path: '/api/v1/incidents/{id}',
    summary: 'One incident',
    reply: Incident,
  },
  resolveIncident: {
    method: 'POST',
    path: '/api/v1/incidents/{id}/resolve',
    summary: 'Close an incident that was dealt with',
    body: z.object(because),
    reply: Incident,
  },
  cleanupRuns: {
    method: 'POST',
    path: '/api/v1/runs/cleanup',
    summary: 'Archive runs that ended long ago, then delete them; at most 1,000 at a time',
    body: z.object({
      olderThanDays: z.number().min(0),
      preview: z.boolean().default(true),
      ...because,
    }),
    reply: Cleanup,
  },
  listArchives: {
    method: 'GET',
    path: '/api/v1/archives',
    summary: 'Archives of old runs, newest first',
    query: z.object(paging),
    reply: list(RunArchiveView),
  },
  readArchive: {
    method: 'GET',
    path: '/api/v1/archives/{digest}',
    summary: 'An archive of old runs (NDJSON.zst; those of the first version are gzipped)',
    reply: z.string(),
    answer: 'file',
  },
} as const satisfies Record<string, HttpContract>;
