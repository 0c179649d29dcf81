import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { AnomalySettings, subjects, taskContracts } from '@trimtab/contracts';
import { ServiceAlone } from '@trimtab/service/testing';
import { service } from '../src/index.js';
import { asOfDay, bill, company } from './bill.js';

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
});
