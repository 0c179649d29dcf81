import type { DataSource } from 'typeorm';
import type {
  ApprovalView,
  EventView,
  InventoryView,
  RunFilter,
  RunView,
  TaskView,
} from '@trimtab/contracts';
import { AppError } from '@trimtab/kernel';
import type { Clock } from '@trimtab/kernel';
import { countStates, durationOf } from '../domain/views.js';
import { ApprovalRow, EventRow, InventoryRow, RunRow, TaskRow } from './read-model.entities.js';

import { conditionOf } from './run-filter.js';

export type StoredTask = TaskView & { readonly worker: string | null };
type Paging = { readonly limit: number };

const MOST_EVENTS = 10_000;

const iso = (at: Date | null): string | null => at?.toISOString() ?? null;
const given = (where: object): object =>
  Object.fromEntries(Object.entries(where).filter(([, value]) => value !== undefined));

/** Reads runs, tasks, approvals and histories as people see them. */
export class RunViews {
  constructor(
    private readonly database: DataSource,
    private readonly clock: Clock,
  ) {}

  async list(filter: Paging & RunFilter): Promise<RunView[]> {
    const { limit, ...where } = filter;
    const { sql, values } = conditionOf(where);
    const rows = await this.database
      .createQueryBuilder(RunRow, 'run')
      .where(sql, values)
      .orderBy('run.started_at', 'DESC')
      .limit(limit)
      .getMany();
    const counts = await this.stateCounts(rows.map((row) => row.id));
    return rows.map((row) => this.runView(row, counts.get(row.id) ?? {}));
  }

  has(runId: string): Promise<boolean> {
    return this.database.getRepository(RunRow).existsBy({ id: runId });
  }

  /** Throws `run.not-found`. */
  async run(runId: string): Promise<{ run: RunView; input: unknown; outputs: unknown; tasks: StoredTask[] }> {
    const row = await this.row(runId);
    const rows = await this.database
      .getRepository(TaskRow)
      .find({ where: { run_id: runId }, order: { first_seen: 'ASC', task_id: 'ASC' } });
    return {
      run: this.runView(row, countStates(rows)),
      input: row.input,
      outputs: row.outputs,
      tasks: rows.map(taskView),
    };
  }

  /** Those that wait first, then newest first. */
  async approvals(filter: Paging & { status?: string; runId?: string }): Promise<ApprovalView[]> {
    const rows = await this.database
      .createQueryBuilder(ApprovalRow, 'approval')
      .where(given({ status: filter.status, run_id: filter.runId }))
      .orderBy(`approval.status = 'requested'`, 'DESC')
      .addOrderBy('approval.requested_at', 'DESC')
      .limit(filter.limit)
      .getMany();
    return rows.map((row) => row.view);
  }

  /** The first 10,000: longer histories are read from the bus (`tailEvents`). Throws `run.not-found`. */
  async events(runId: string): Promise<EventView[]> {
    await this.row(runId);
    const rows = await this.database
      .getRepository(EventRow)
      .find({ where: { run_id: runId }, order: { position: 'ASC' }, take: MOST_EVENTS });
    return rows.map(({ id, type, source, subject, time, run_id, data }) => ({
      id,
      type,
      source,
      subject,
      time: time.toISOString(),
      runId: run_id,
      data,
    }));
  }

  /** Throws `run.not-found`. */
  async inventory(runId: string): Promise<InventoryView> {
    await this.row(runId);
    const rows = await this.database.getRepository(InventoryRow).findBy({ run_id: runId });
    const coverage = rows.flatMap((row) => row.coverage);
    const distinct = (values: readonly string[]): number => new Set(values).size;
    return {
      runId,
      accounts: distinct(rows.map((row) => row.account_id)),
      regions: distinct(rows.map((row) => row.region)),
      services: distinct(coverage.map((entry) => entry.service)),
      resources: rows.reduce((sum, row) => sum + row.resources, 0),
      coverage,
    };
  }

  private async row(runId: string): Promise<RunRow> {
    const row = await this.database.getRepository(RunRow).findOneBy({ id: runId });
    if (row) return row;
    throw new AppError(
      'run.not-found',
      `There is no run ${runId}: \`trimtab runs list\` shows what there is.`,
    );
  }

  private async stateCounts(runIds: readonly string[]): Promise<Map<string, Record<string, number>>> {
    const rows: { run_id: string; state: string; count: string }[] = await this.database.query(
      'SELECT run_id, state, count(*) FROM tasks WHERE run_id = ANY($1) GROUP BY run_id, state',
      [runIds],
    );
    const counts = new Map<string, Record<string, number>>();
    for (const row of rows)
      counts.set(row.run_id, { ...counts.get(row.run_id), [row.state]: Number(row.count) });
    return counts;
  }

  private runView(row: RunRow, tasks: Record<string, number>): RunView {
    const startedAt = row.started_at.toISOString();
    const endedAt = iso(row.ended_at);
    const { id, workflow, version, status, actor, labels, error } = row;
    const durationMs = durationOf({ startedAt, endedAt }, this.clock.now());
    return { id, workflow, version, status, actor, labels, startedAt, endedAt, durationMs, tasks, error };
  }
}

function taskView(row: TaskRow): StoredTask {
  const { task_id: taskId, uses, state, attempt, reason, worker, error } = row;
  return {
    taskId,
    uses,
    state,
    attempt,
    startedAt: iso(row.started_at),
    endedAt: iso(row.ended_at),
    progress: null,
    reason,
    worker,
    error,
  };
}
