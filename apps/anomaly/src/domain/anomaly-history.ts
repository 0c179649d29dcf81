import type { Anomaly } from '@trimtab/contracts';
import type { Sql } from '@trimtab/event-store';
import type { IncidentChange } from './incidents.js';

/** The anomalies that earlier runs found. */
export abstract class AnomalyHistory {
  /** All that are open, and the closed ones that ended on `since` (`YYYY-MM-DD`) or later. */
  abstract knownSince(since: string): Promise<Anomaly[]>;
  /** Records the changes of a run in the worker's transaction; the same run again changes nothing. */
  abstract record(tx: Sql, runId: string, changes: readonly IncidentChange[]): Promise<void>;
}
