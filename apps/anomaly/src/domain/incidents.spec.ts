import { describe, expect, it } from '@jest/globals';
import { AnomalySettings } from '@trimtab/contracts';
import type { Anomaly } from '@trimtab/contracts';
import { asOfDay, bill, company } from '../../test/bill.js';
import { detect } from './detect.js';
import type { Reconciled } from './incidents.js';
import { reconcile } from './incidents.js';

const facts = bill(company({ quantity: (day) => (day >= 80 && day < 88 ? 2 : 1) }));

const runAt = (known: readonly Anomaly[], offset: number): Reconciled =>
  reconcile(known, detect(facts, AnomalySettings.parse({}), asOfDay(offset)));

const kinds = (run: Reconciled): string[] => run.changes.map((change) => change.change);

describe('reconcile', () => {
  it('opens an incident once, updates it while it grows and closes it once', () => {
    let known: readonly Anomaly[] = [];
    const story: string[][] = [];
    for (const offset of [80, 81, 83, 86, 89, 90, 91, 95]) {
      const run = runAt(known, offset);
      story.push(kinds(run));
      if (run.anomalies.length > 0) known = run.anomalies;
    }
    expect(story.flat().filter((change) => change === 'opened')).toHaveLength(1);
    expect(story.flat().filter((change) => change === 'closed')).toHaveLength(1);
    expect(story[0]).toEqual([]);
    expect(story[1]).toEqual(['opened']);
    expect(story.at(-1)).toEqual([]);
  });

  it('changes nothing when the same facts are looked at again', () => {
    const first = runAt([], 84);
    expect(kinds(runAt(first.anomalies, 84))).toEqual([]);
  });

  it('keeps the id although restated data move the first day', () => {
    const first = runAt([], 84).anomalies[0] as Anomaly;
    const moved = { ...first, id: 'known', period: { ...first.period, start: '2026-10-21' } };
    expect(runAt([moved], 85).anomalies[0]?.id).toBe('known');
  });

  it('closes an open incident that restated data took away', () => {
    const open = runAt([], 84).anomalies;
    const quiet = detect(bill(company()), AnomalySettings.parse({}), asOfDay(90));
    expect(reconcile(open, quiet).changes).toMatchObject([
      { change: 'closed', anomaly: { status: 'closed' } },
    ]);
  });

  it('opens and closes one that is seen for the first time when it is over', () => {
    expect(kinds(runAt([], 100))).toEqual(['opened', 'closed']);
  });
});
