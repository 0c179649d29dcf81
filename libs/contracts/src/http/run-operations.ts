import { z } from 'zod';
import { because, done } from './shapes.js';
import type { HttpContract } from './shapes.js';

/** What people do to a run beyond starting and stopping it. */
export const runOperations = {
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
