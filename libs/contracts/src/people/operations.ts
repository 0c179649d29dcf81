import { z } from 'zod';
import { Cleanup, RunArchiveView } from '../domain/cleanup.js';
import { Incident } from '../domain/incident.js';
import { actor } from './actor.js';

const limit = z.int().min(1).max(1_000).default(100);

/** People's commands and questions about the engine as a whole. */
export const operationCommands = {
  'list-incidents': {
    request: z.object({ status: z.enum(['open', 'resolved']).optional(), limit }),
    reply: z.object({ items: z.array(Incident) }),
  },
  'show-incident': { request: z.object({ id: z.string() }), reply: Incident },
  /** Closes an incident that a person has dealt with; the reason says how. */
  'resolve-incident': { request: z.object({ id: z.string(), ...actor }), reply: Incident },
  /** A service reports trouble of its own, or its end; one incident is open about a key at a time. */
  'report-incident': {
    request: z.object({
      key: z.string().min(1),
      kind: z.string().min(1),
      message: z.string().min(1),
      details: z.record(z.string(), z.unknown()).default({}),
      over: z.boolean(),
      ...actor,
    }),
    reply: z.object({ key: z.string(), over: z.boolean() }),
  },
  'list-archives': { request: z.object({ limit }), reply: z.object({ items: z.array(RunArchiveView) }) },
  /** Archives terminal runs of long ago, then deletes them; a preview only counts. */
  'cleanup-runs': {
    request: z.object({ olderThanDays: z.number().min(0), preview: z.boolean(), ...actor }),
    reply: Cleanup,
  },
} as const;
