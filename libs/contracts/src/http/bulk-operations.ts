import { z } from 'zod';
import { BulkPreview, BulkProgress, BulkVerb } from '../domain/bulk.js';
import { runFilter } from './run-filter.js';
import { because } from './shapes.js';
import type { HttpContract } from './shapes.js';

/** The same change to many runs: first shown, then applied to exactly what was shown. */
export const bulkOperations = {
  previewBulk: {
    method: 'POST',
    path: '/api/v1/bulk-operations',
    summary:
      'What a change of many runs would touch; nothing is changed. The token pins the selection for an hour',
    body: z.object({ verb: BulkVerb, where: z.object(runFilter).default({}) }),
    reply: BulkPreview,
  },
  applyBulk: {
    method: 'POST',
    path: '/api/v1/bulk-operations/{token}/apply',
    summary: 'Apply a previewed change, once; it goes on in the background at a limited rate',
    body: z.object({ actor: because.actor, reason: because.reason }),
    reply: BulkProgress,
  },
  showBulk: {
    method: 'GET',
    path: '/api/v1/bulk-operations/{token}',
    summary: 'How far a change of many runs is, with the result of each',
    reply: BulkProgress,
  },
} as const satisfies Record<string, HttpContract>;
