import { z } from 'zod';
import { ErrorInfoSchema } from '../domain/common.js';
import { analyticsOperations } from './analytics-operations.js';
import { bulkOperations } from './bulk-operations.js';
import { findingOperations } from './finding-operations.js';
import { engineOperations } from './operations.js';
import { platformOperations } from './platform-operations.js';
import { runOperations } from './run-operations.js';
import { scheduleOperations } from './schedule-operations.js';
import type { HttpContract } from './shapes.js';

/** The HTTP API: gateway, OpenAPI document and typed client all come from this table. */
export const httpContracts = {
  ...runOperations,
  ...findingOperations,
  ...engineOperations,
  ...analyticsOperations,
  ...bulkOperations,
  ...platformOperations,
  ...scheduleOperations,
} as const satisfies Record<string, HttpContract>;

export type { HttpContract } from './shapes.js';
export type Operation = keyof typeof httpContracts;

/** Body of every answer that is not 2xx. */
export const HttpError = z.object({ error: ErrorInfoSchema, traceId: z.string().optional() });
