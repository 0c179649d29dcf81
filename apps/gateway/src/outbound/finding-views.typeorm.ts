import type { DataSource, EntityTarget, ObjectLiteral } from 'typeorm';
import type {
  ActionView,
  AnomalyView,
  BudgetView,
  RecommendationView,
  ReportIndex,
  ReportView,
  SpendView,
} from '@trimtab/contracts';
import { AppError, DAY_MS, utcDay } from '@trimtab/kernel';
import {
  ActionRow,
  AnomalyRow,
  BudgetRow,
  RecommendationRow,
  ReportRow,
  RunRow,
} from './read-model.entities.js';

interface Filter {
  readonly limit: number;
  readonly runId?: string | undefined;
  readonly status?: string | undefined;
  readonly checkId?: string | undefined;
  readonly accountId?: string | undefined;
  readonly region?: string | undefined;
}
type Order<Row> = { readonly [Key in keyof Row]?: 'ASC' | 'DESC' };

const SPEND_DAYS = 30;

/** Reads findings, actions, reports and spend; without a run they are those of the newest run that has any. */
export class FindingViews {
  constructor(private readonly database: DataSource) {}

  async recommendations({ limit, runId, ...filter }: Filter): Promise<RecommendationView[]> {
    const where = {
      check_id: filter.checkId,
      account_id: filter.accountId,
      region: filter.region,
      status: filter.status,
    };
    const rows = await this.of(RecommendationRow, runId, where, { net: 'DESC', id: 'ASC' }, limit);
    return rows.map((row) => ({
      ...row.view,
      runId: row.run_id,
      status: row.status,
      raisedAt: row.raised_at.toISOString(),
    }));
  }

  async anomalies({ limit, runId, status }: Filter): Promise<AnomalyView[]> {
    const rows = await this.of(AnomalyRow, runId, { status }, { impact: 'DESC' }, limit);
    return rows.map((row) => ({ ...row.view, runId: row.run_id }));
  }

  async budgets(runId: string | undefined): Promise<BudgetView[]> {
    const rows = await this.of(BudgetRow, runId, {}, { id: 'ASC' });
    return rows.map((row) => ({ ...row.view, runId: row.run_id }));
  }

  async actions({ limit, runId, status }: Filter): Promise<ActionView[]> {
    const rows = await this.of(ActionRow, runId, { status }, { at: 'ASC', id: 'ASC' }, limit);
    return rows.map((row) => ({ ...row.view, runId: row.run_id, at: row.at.toISOString() }));
  }

  async reports({ runId, limit }: { runId?: string | undefined; limit: number }): Promise<ReportView[]> {
    const where = runId === undefined ? {} : { run_id: runId };
    const rows = await this.database
      .getRepository(ReportRow)
      .find({ where, order: { created_at: 'DESC' }, take: limit });
    return rows.map((row) => ({
      runId: row.run_id,
      title: row.view.title,
      createdAt: row.created_at.toISOString(),
      formats: row.view.formats.map((one) => one.format),
    }));
  }

  /** Throws `report.not-found`. */
  async report(runId: string): Promise<ReportIndex> {
    const row = await this.database.getRepository(ReportRow).findOneBy({ run_id: runId });
    if (row) return row.view;
    throw new AppError(
      'report.not-found',
      `Run ${runId} has no report: \`trimtab report\` takes the newest one.`,
    );
  }

  /** Sums are exact: the database adds decimals. */
  async spend(): Promise<SpendView | null> {
    const newest: { source: string; view: Omit<SpendView, 'last30Days'> }[] = await this.database.query(
      `SELECT source, view - 'facts' AS view FROM costs ORDER BY at DESC, page LIMIT 1`,
    );
    const [first] = newest;
    if (!first) return null;
    const { firstDay, lastDay, totals } = first.view;
    const since = utcDay(new Date(Date.parse(lastDay) - (SPEND_DAYS - 1) * DAY_MS));
    const sums: { currency: string; amount: string }[] = await this.database.query(
      `SELECT fact->>'currency' AS currency, sum((fact->>'effectiveCost')::numeric)::text AS amount
       FROM costs, jsonb_array_elements(view->'facts') AS fact
       WHERE source = $1 AND fact->>'day' >= $2 GROUP BY 1`,
      [first.source, since],
    );
    const last30Days = totals.map(
      ({ currency }) => sums.find((one) => one.currency === currency) ?? { currency, amount: '0' },
    );
    return { firstDay, lastDay, totals, last30Days };
  }

  private async of<Row extends ObjectLiteral>(
    entity: EntityTarget<Row>,
    runId: string | undefined,
    filter: object,
    order: Order<Row>,
    limit?: number,
  ): Promise<Row[]> {
    const run = runId ?? (await this.newestRunWith(entity));
    if (run === undefined) return [];
    const where = Object.fromEntries(
      Object.entries({ run_id: run, ...filter }).filter(([, value]) => value !== undefined),
    );
    const options = { where, order, ...(limit === undefined ? {} : { take: limit }) };
    return this.database.getRepository(entity).find(options as object);
  }

  private async newestRunWith(entity: EntityTarget<ObjectLiteral>): Promise<string | undefined> {
    const table = this.database.getRepository(entity).metadata.tableName;
    const newest = await this.database
      .createQueryBuilder(RunRow, 'run')
      .where(`EXISTS (SELECT 1 FROM ${table} found WHERE found.run_id = run.id)`)
      .orderBy('run.started_at', 'DESC')
      .getOne();
    return newest?.id;
  }
}
