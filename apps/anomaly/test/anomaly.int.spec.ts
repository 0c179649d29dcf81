import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { join } from 'node:path';
import { AnomalySettings, subjects, taskContracts } from '@trimtab/contracts';
import { ServiceAlone } from '@trimtab/service/testing';
import { service } from '../src/index.js';
import { asOfDay, bill, company } from './bill.js';

/** Its engines work where the settings name them. */
process.env['TRIMTAB_PLUGINS'] = join(import.meta.dirname, '../../../examples/06-plugin/engines.mjs');

let alone: ServiceAlone;
beforeAll(async () => {
  alone = await ServiceAlone.start(service);
});
afterAll(() => alone?.stop());

async function ask(runId: string, asOf: string, send = 1) {
  const facts = bill(company({ quantity: (day) => (day >= 80 && day < 84 ? 2.5 : 1) }));
  const input = { anomaly: AnomalySettings.parse({}), costs: await alone.artifacts.putNdjson(facts), asOf };
  return alone.ask('anomaly.detect', { runId, taskId: 'anomalies', input, send });
}

describe('the anomaly service', () => {
  it('answers a command with what it found, keeps it and tells everybody', async () => {
    const told = await alone.next(subjects.event('trimtab.anomaly.opened.v1'));
    const { data, runid } = await ask('run-1', asOfDay(82));
    expect({ data, runid }).toMatchObject({ runid: 'run-1', data: { status: 'completed' } });
    const { anomalies } = taskContracts['anomaly.detect'].output.parse((data as { output: unknown }).output);
    expect(anomalies).toMatchObject([{ id: '111111111111-compute-2026-10-20', status: 'open' }]);
    expect(await told.envelope).toMatchObject({
      runid: 'run-1',
      subject: 'anomaly/111111111111-compute-2026-10-20',
      data: { anomaly: anomalies[0] },
    });
    expect(await alone.count('anomalies')).toBe(1);
  });

  it('gives the stored answer when the same command comes again', async () => {
    const before = await alone.count('anomaly_changes');
    const { data } = await ask('run-1', asOfDay(82), 2);
    expect(data).toMatchObject({ status: 'completed' });
    expect(await alone.count('anomaly_changes')).toBe(before);
  });

  it('closes in a later run what an earlier one opened', async () => {
    const told = await alone.next(subjects.event('trimtab.anomaly.closed.v1'));
    await ask('run-2', asOfDay(95));
    expect(await told.envelope).toMatchObject({ runid: 'run-2', data: { anomaly: { status: 'closed' } } });
    const rows = await alone.rows('SELECT id, status FROM anomalies');
    expect(rows).toEqual([{ id: '111111111111-compute-2026-10-20', status: 'closed' }]);
  });

  it('O27 finds what the engine of a plugin finds', async () => {
    const costs = await alone.artifacts.putNdjson(bill(company({ quantity: (day) => (day === 99 ? 5 : 1) })));
    const input = {
      anomaly: AnomalySettings.parse({ engine: 'twice-the-median' }),
      costs,
      asOf: asOfDay(100),
    };
    const { data } = await alone.ask('anomaly.detect', { runId: 'run-3', taskId: 'anomalies', input });
    const { anomalies } = taskContracts['anomaly.detect'].output.parse((data as { output: unknown }).output);
    expect(anomalies.filter(({ status }) => status === 'open')).toMatchObject([
      { kind: 'spike', severity: 'medium', cause: [] },
    ]);
  });
});
