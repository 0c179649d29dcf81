import { Anomaly } from '@trimtab/contracts';
import type { Sql } from '@trimtab/event-store';
import type { Pool } from 'pg';
import { AnomalyHistory } from '../domain/anomaly-history.js';
import type { IncidentChange } from '../domain/incidents.js';

export class PostgresAnomalyHistory extends AnomalyHistory {
  constructor(private readonly pool: Pool) {
    super();
  }

  override async knownSince(since: string): Promise<Anomaly[]> {
    const { rows } = await this.pool.query<{ document: unknown }>(
      `SELECT document FROM anomalies WHERE status = 'open' OR end_day >= $1 ORDER BY first_day, id`,
      [since],
    );
    return rows.map((row) => Anomaly.parse(row.document));
  }

  override async record(tx: Sql, runId: string, changes: readonly IncidentChange[]): Promise<void> {
    for (const { change, anomaly } of changes) {
      await tx.query(
        `INSERT INTO anomaly_changes (anomaly_id, run_id, change, document) VALUES ($1, $2, $3, $4)
         ON CONFLICT DO NOTHING`,
        [anomaly.id, runId, change, JSON.stringify(anomaly)],
      );
      await tx.query(
        `INSERT INTO anomalies (id, account_id, service, status, first_day, end_day, impact, currency, document, run_id)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
         ON CONFLICT (id) DO UPDATE SET status = EXCLUDED.status, first_day = EXCLUDED.first_day,
           end_day = EXCLUDED.end_day, impact = EXCLUDED.impact, document = EXCLUDED.document,
           run_id = EXCLUDED.run_id, updated_at = now()`,
        [
          anomaly.id,
          anomaly.scope.accountId,
          anomaly.scope.service,
          anomaly.status,
          anomaly.period.start,
          anomaly.period.end,
          anomaly.impact.amount,
          anomaly.impact.currency,
          JSON.stringify(anomaly),
          runId,
        ],
      );
    }
  }
}
