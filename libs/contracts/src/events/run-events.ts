import { z } from 'zod';
import { ArtifactRefSchema, ErrorInfoSchema, Instant } from '../domain/common.js';
import { Incident } from '../domain/incident.js';

const run = { runId: z.string(), workflow: z.string(), version: z.int() };
const task = { runId: z.string(), taskId: z.string(), uses: z.string() };
const approval = { runId: z.string(), taskId: z.string(), digest: z.string() };

/** What happens to runs, their tasks and approvals, and what went wrong with them. */
export const runEvents = {
  'trimtab.run.started.v1': z.object({
    ...run,
    input: z.unknown(),
    labels: z.record(z.string(), z.string()),
    actor: z.string(),
    startedAt: Instant,
  }),
  'trimtab.run.paused.v1': z.object({ ...run, actor: z.string(), reason: z.string().optional() }),
  'trimtab.run.resumed.v1': z.object({ ...run, actor: z.string() }),
  'trimtab.run.completed.v1': z.object({
    ...run,
    status: z.string(),
    startedAt: Instant,
    endedAt: Instant,
    tasks: z.record(z.string(), z.int()),
    outputs: z.unknown(),
  }),
  'trimtab.run.failed.v1': z.object({
    ...run,
    status: z.string(),
    startedAt: Instant,
    endedAt: Instant,
    tasks: z.record(z.string(), z.int()),
    error: ErrorInfoSchema,
  }),
  'trimtab.run.cancelled.v1': z.object({
    ...run,
    status: z.string(),
    startedAt: Instant,
    endedAt: Instant,
    tasks: z.record(z.string(), z.int()),
    actor: z.string(),
    reason: z.string().optional(),
  }),
  /** Somebody's command changed the run: the audit trail. */
  'trimtab.run.commanded.v1': z.object({
    ...run,
    command: z.string(),
    taskId: z.string().nullable(),
    actor: z.string(),
    reason: z.string().nullable(),
    at: Instant,
  }),
  /** A run that has ended is done again as another one. */
  'trimtab.run.restarted.v1': z.object({
    ...run,
    restartedAs: z.string(),
    from: z.string().nullable(),
    actor: z.string(),
    reason: z.string().nullable(),
    at: Instant,
  }),
  /** Old runs were archived and deleted. */
  'trimtab.run.archived.v1': z.object({
    runIds: z.array(z.string()),
    archive: ArtifactRefSchema,
    before: Instant,
    actor: z.string(),
    reason: z.string().nullable(),
  }),
  'trimtab.task.queued.v1': z.object({ ...task, attempt: z.int(), at: Instant }),
  'trimtab.task.completed.v1': z.object({
    ...task,
    attempt: z.int(),
    startedAt: Instant,
    endedAt: Instant,
    worker: z.string(),
  }),
  'trimtab.task.failed.v1': z.object({
    ...task,
    attempt: z.int(),
    error: ErrorInfoSchema,
    willRetryAt: Instant.nullable(),
    at: Instant,
    /** Who worked on it and when; absent when nobody answered. */
    worker: z.string().optional(),
    startedAt: Instant.optional(),
    endedAt: Instant.optional(),
  }),
  'trimtab.task.skipped.v1': z.object({ ...task, reason: z.string(), at: Instant }),
  'trimtab.task.waiting.v1': z.object({ ...task, reason: z.string(), at: Instant }),
  'trimtab.task.cancelled.v1': z.object({ ...task, at: Instant }),
  'trimtab.approval.requested.v1': z.object({
    ...approval,
    title: z.string(),
    details: z.unknown(),
    expiresAt: Instant.nullable(),
    requestedAt: Instant,
  }),
  'trimtab.approval.granted.v1': z.object({
    ...approval,
    by: z.string(),
    policy: z.string().nullable(),
    reason: z.string().optional(),
    at: Instant,
  }),
  'trimtab.approval.rejected.v1': z.object({
    ...approval,
    by: z.string(),
    reason: z.string().optional(),
    at: Instant,
  }),
  'trimtab.approval.expired.v1': z.object({ ...approval, at: Instant }),
  /** A run stands still, cannot be undone, …: somebody should look. */
  'trimtab.incident.raised.v1': z.object({ incident: Incident }),
  'trimtab.incident.resolved.v1': z.object({ incident: Incident }),
} as const;
