import { beforeEach, describe, expect, it } from '@jest/globals';
import { Anomaly } from '@trimtab/contracts';
import type { Sql } from '@trimtab/event-store';
import type { AnomalyHistory } from '../src/domain/anomaly-history.js';

export interface OpenHistory {
  readonly history: AnomalyHistory;
  /** Runs in one transaction that commits. */
  readonly commit: (work: (tx: Sql) => Promise<void>) => Promise<void>;
}

const usd = (amount: string) => ({ amount, currency: 'USD' });

export const anomalyOf = (given: Partial<Anomaly> & { id: string }): Anomaly =>
  Anomaly.parse({
    scope: { accountId: '1', service: 'Compute' },
    kind: 'spike',
    status: 'open',
    severity: 'low',
    period: { start: '2026-10-01', end: '2026-10-03' },
    expected: usd('10.00'),
    actual: usd('110.123456789'),
    impact: usd('100.123456789'),
    score: 9.5,
    cause: [],
    ...given,
  });

/** What every adapter of the port promises. */
export function anomalyHistoryContract(name: string, open: () => Promise<OpenHistory>): void {
  describe(name, () => {
    let given: OpenHistory;
    beforeEach(async () => {
      given = await open();
    });
    const record = (runId: string, change: 'opened' | 'updated' | 'closed', anomaly: Anomaly) =>
      given.commit((tx) => given.history.record(tx, runId, [{ change, anomaly }]));

    it('gives back what was recorded, exactly', async () => {
      const anomaly = anomalyOf({ id: 'a' });
      await record('run-1', 'opened', anomaly);
      expect(await given.history.knownSince('2026-11-01')).toEqual([anomaly]);
    });

    it('knows the newest state of an anomaly', async () => {
      await record('run-1', 'opened', anomalyOf({ id: 'a' }));
      const grown = anomalyOf({
        id: 'a',
        period: { start: '2026-10-01', end: '2026-10-05' },
        impact: usd('300'),
      });
      await record('run-2', 'updated', grown);
      expect(await given.history.knownSince('2026-11-01')).toEqual([grown]);
    });

    it('forgets closed anomalies that ended before the day, never open ones', async () => {
      await record('run-1', 'opened', anomalyOf({ id: 'open' }));
      await record('run-1', 'closed', anomalyOf({ id: 'old', status: 'closed' }));
      const recent = { start: '2026-11-01', end: '2026-11-02' };
      await record('run-1', 'closed', anomalyOf({ id: 'recent', status: 'closed', period: recent }));
      const known = await given.history.knownSince('2026-11-01');
      expect(known.map((anomaly) => anomaly.id)).toEqual(['open', 'recent']);
    });

    it('changes nothing when the same run records again', async () => {
      await record('run-1', 'opened', anomalyOf({ id: 'a' }));
      await record('run-1', 'opened', anomalyOf({ id: 'a' }));
      expect(await given.history.knownSince('2026-11-01')).toHaveLength(1);
    });
  });
}
