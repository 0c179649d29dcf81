import { Column, Entity, PrimaryColumn } from 'typeorm';
import type { ErrorInfo } from '@trimtab/kernel';
import type {
  ActionResult,
  Anomaly,
  ApprovalView,
  BudgetStatus,
  CoverageEntry,
  Recommendation,
  ReportIndex,
} from '@trimtab/contracts';

/** Rows of the read model: what is asked for is a column, what is only shown is its document. */
@Entity({ name: 'runs' })
export class RunRow {
  @PrimaryColumn('text') id!: string;
  @Column('text') workflow!: string;
  @Column('int') version!: number;
  @Column('text') status!: string;
  @Column('text') actor!: string;
  @Column('jsonb') labels!: Record<string, string>;
  @Column('jsonb', { nullable: true }) input!: unknown;
  @Column('jsonb', { nullable: true }) outputs!: unknown;
  @Column('jsonb', { nullable: true }) error!: ErrorInfo | null;
  @Column('timestamptz') started_at!: Date;
  @Column('timestamptz', { nullable: true }) ended_at!: Date | null;
}

@Entity({ name: 'tasks' })
export class TaskRow {
  @PrimaryColumn('text') run_id!: string;
  @PrimaryColumn('text') task_id!: string;
  @Column('text') uses!: string;
  @Column('text') state!: string;
  @Column('int') attempt!: number;
  /** Place of the state in the task's life, so that a late event changes nothing. */
  @Column('int') place!: number;
  @Column('timestamptz', { nullable: true }) started_at!: Date | null;
  @Column('timestamptz', { nullable: true }) ended_at!: Date | null;
  @Column('text', { nullable: true }) reason!: string | null;
  @Column('text', { nullable: true }) worker!: string | null;
  @Column('jsonb', { nullable: true }) error!: ErrorInfo | null;
  @Column('timestamptz') first_seen!: Date;
}

@Entity({ name: 'approvals' })
export class ApprovalRow {
  @PrimaryColumn('text') run_id!: string;
  @PrimaryColumn('text') task_id!: string;
  @Column('text') status!: ApprovalView['status'];
  @Column('jsonb') view!: ApprovalView;
  @Column('timestamptz') requested_at!: Date;
}

@Entity({ name: 'recommendations' })
export class RecommendationRow {
  @PrimaryColumn('text') run_id!: string;
  @PrimaryColumn('text') id!: string;
  @Column('text') check_id!: string;
  @Column('text') account_id!: string;
  @Column('text') region!: string;
  @Column('text') status!: 'open' | 'resolved';
  @Column('numeric') net!: string;
  @Column('jsonb') view!: Recommendation;
  @Column('timestamptz') raised_at!: Date;
}

@Entity({ name: 'anomalies' })
export class AnomalyRow {
  @PrimaryColumn('text') run_id!: string;
  @PrimaryColumn('text') id!: string;
  @Column('text') status!: string;
  @Column('numeric') impact!: string;
  @Column('jsonb') view!: Anomaly;
  @Column('timestamptz') at!: Date;
}

@Entity({ name: 'budgets' })
export class BudgetRow {
  @PrimaryColumn('text') run_id!: string;
  @PrimaryColumn('text') id!: string;
  @Column('jsonb') view!: BudgetStatus;
  @Column('timestamptz') at!: Date;
}

@Entity({ name: 'actions' })
export class ActionRow {
  @PrimaryColumn('text') run_id!: string;
  @PrimaryColumn('text') id!: string;
  @Column('text') status!: string;
  @Column('jsonb') view!: ActionResult;
  @Column('timestamptz') at!: Date;
}

@Entity({ name: 'reports' })
export class ReportRow {
  @PrimaryColumn('text') run_id!: string;
  @Column('jsonb') view!: ReportIndex;
  @Column('timestamptz') created_at!: Date;
}

@Entity({ name: 'inventory' })
export class InventoryRow {
  @PrimaryColumn('text') run_id!: string;
  @PrimaryColumn('text') account_id!: string;
  @PrimaryColumn('text') region!: string;
  @Column('int') resources!: number;
  @Column('jsonb') coverage!: CoverageEntry[];
}

@Entity({ name: 'events' })
export class EventRow {
  @PrimaryColumn('text') source!: string;
  @PrimaryColumn('text') id!: string;
  @Column('text') type!: string;
  @Column('text', { nullable: true }) subject!: string | null;
  @Column('text', { nullable: true }) run_id!: string | null;
  @Column('timestamptz') time!: Date;
  @Column('bigint', { generated: 'increment' }) position!: string;
  @Column('jsonb', { nullable: true }) data!: unknown;
}

@Entity({ name: 'kept_dead_letters' })
export class DeadLetterRow {
  @PrimaryColumn('text') id!: string;
  @Column('text') service!: string;
  @Column('text') reason!: string;
  @Column('text') error!: string;
  @Column('text') subject!: string;
  @Column('int') deliveries!: number;
  @Column('text') status!: 'new' | 'replayed' | 'discarded';
  @Column('timestamptz') at!: Date;
  @Column('jsonb') headers!: Record<string, string>;
  @Column('bytea') payload!: Buffer;
}

export const entities = [
  RunRow,
  TaskRow,
  ApprovalRow,
  RecommendationRow,
  AnomalyRow,
  BudgetRow,
  ActionRow,
  ReportRow,
  InventoryRow,
  EventRow,
  DeadLetterRow,
];
