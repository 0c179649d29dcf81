import type { Recommendation } from '@trimtab/contracts';
import type { Sql } from '@trimtab/event-store';
import type { Pool } from 'pg';
import type { OpenRecommendation } from '../domain/recommendation-history.js';
import { RecommendationHistory } from '../domain/recommendation-history.js';

export class PostgresRecommendationHistory extends RecommendationHistory {
  constructor(private readonly pool: Pool) {
    super();
  }

  override async open(places: readonly string[]): Promise<OpenRecommendation[]> {
    const { rows } = await this.pool.query<{ id: string; check_id: string; resource_arn: string }>(
      `SELECT id, check_id, resource_arn FROM recommendations WHERE status = 'open' AND place = ANY($1)`,
      [places],
    );
    return rows.map((row) => ({ id: row.id, checkId: row.check_id, resourceArn: row.resource_arn }));
  }

  override async record(
    tx: Sql,
    runId: string,
    raised: readonly Recommendation[],
    resolved: readonly string[],
  ): Promise<void> {
    for (const one of raised) {
      const { accountId, region, arn } = one.resource;
      const { amount, currency } = one.monthlySavingsNet;
      await tx.query(
        `INSERT INTO recommendations (id, check_id, resource_arn, place, status, net_per_month, currency, document, run_id)
         VALUES ($1, $2, $3, $4, 'open', $5, $6, $7, $8)
         ON CONFLICT (id) DO UPDATE SET status = 'open', net_per_month = EXCLUDED.net_per_month,
           currency = EXCLUDED.currency, document = EXCLUDED.document, run_id = EXCLUDED.run_id, updated_at = now()`,
        [one.id, one.checkId, arn, `${accountId}/${region}`, amount, currency, JSON.stringify(one), runId],
      );
    }
    await tx.query(
      `UPDATE recommendations SET status = 'resolved', run_id = $2, updated_at = now() WHERE id = ANY($1)`,
      [resolved, runId],
    );
  }
}
