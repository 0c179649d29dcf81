import { z } from 'zod';
import { because, list, paging } from './shapes.js';
import type { HttpContract } from './shapes.js';
import { DeadLetterView, EventView, ServiceView } from './views.js';

/** Messages and services: what travels on the bus, what was given up, who is there. */
export const platformOperations = {
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
