import type { Anomaly } from '@trimtab/contracts';
import type { Sql } from '@trimtab/event-store';
import { AnomalyHistory } from '../domain/anomaly-history.js';
import type { IncidentChange } from '../domain/incidents.js';

/** The same promises without a database, for specs. */
export class MemoryAnomalyHistory extends AnomalyHistory {
  readonly changes: (IncidentChange & { readonly runId: string })[] = [];
  private readonly rows = new Map<string, Anomaly>();

  override knownSince(since: string): Promise<Anomaly[]> {
    const known = [...this.rows.values()].filter((row) => row.status === 'open' || row.period.end >= since);
    return Promise.resolve(known.sort((a, b) => (a.period.start + a.id < b.period.start + b.id ? -1 : 1)));
  }

  override record(_tx: Sql, runId: string, changes: readonly IncidentChange[]): Promise<void> {
    for (const change of changes) {
      const same = ({ runId: id, change: kind, anomaly }: (typeof this.changes)[number]): boolean =>
        id === runId && kind === change.change && anomaly.id === change.anomaly.id;
      if (!this.changes.some(same)) this.changes.push({ ...change, runId });
      this.rows.set(change.anomaly.id, change.anomaly);
    }
    return Promise.resolve();
  }
}
