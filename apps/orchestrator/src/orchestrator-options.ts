import type { OrchestrationSettings } from '@trimtab/contracts';
import type { Artifacts } from '@trimtab/event-store';
import type { Messaging } from '@trimtab/messaging';
import type { Logger } from '@trimtab/observability';
import type { WorkflowDefinition } from '@trimtab/workflow';
import type { Pool } from 'pg';
import type { EngineLimits } from './domain/limits.js';

/** What one instance works with, and how patient it is; times are milliseconds. */
export interface OrchestratorOptions {
  readonly pool: Pool;
  readonly messaging: Messaging;
  readonly artifacts: Artifacts;
  readonly logger: Logger;
  readonly instanceId: string;
  readonly workflows: readonly WorkflowDefinition[];
  /** Folders with further definitions, read again when something in them changes. */
  readonly workflowFolders?: readonly string[];
  readonly limits?: Partial<EngineLimits>;
  /** How often definitions, and what tasks wait for, are looked for. */
  readonly lookMs?: number;
  /** Postgres schema (`orchestrator`). */
  readonly schema?: string;
  readonly leaseMs?: number;
  readonly restAfterMs?: number;
  readonly resendAfterMs?: number;
  readonly sweepMs?: number;
  readonly scheduleMs?: number;
  /** How often open runs are searched for some that stand still, and for how long they may. */
  readonly watchMs?: number;
  readonly stuckAfterMs?: number;
  /** Discovery, policies and triggers; without it every task goes to its default pool. */
  readonly orchestration?: OrchestrationSettings;
  /** Runs that ended longer ago are archived and deleted; never unless told. */
  readonly retentionDays?: number | undefined;
  readonly retainMs?: number;
  /** New runs a second whose traces are kept (100). */
  readonly tracesPerSecond?: number;
  /** Sends to a pool that may be unanswered when a recovery begins (64). */
  readonly recoveryWindow?: number;
  /** Copies of each stream (1). */
  readonly replicas?: number;
}
