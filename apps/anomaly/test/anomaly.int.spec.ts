import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { AnomalySettings, subjects, TASK_COMMAND, taskContracts } from '@trimtab/contracts';
import { testServers } from '@trimtab/embedded/testing';
import type { TestServers } from '@trimtab/embedded/testing';
import type { Envelope } from '@trimtab/kernel';
import { startService } from '@trimtab/service';
import type { RunningService } from '@trimtab/service';
import { service as definition } from '../src/index.js';
import { asOfDay, bill, company } from './bill.js';

let servers: TestServers;
let service: RunningService;

beforeAll(async () => {
  servers = await testServers();
  Object.assign(process.env, {
    NATS_URL: servers.natsUrl,
    DATABASE_URL: servers.databaseUrl,
    LOG_LEVEL: 'silent',
  });
  service = await startService(definition);
});

afterAll(async () => {
  await service?.stop();
  await servers?.dispose();
});

/** The first message on `subject` (wildcards allowed) after now. */
async function next(subject: string): Promise<{ envelope: Promise<Envelope> }> {
  const { nc } = service.runtime.messaging;
  const subscription = nc.subscribe(subject, { max: 1 });
  await nc.flush();
  const first = async (): Promise<Envelope> => {
    for await (const message of subscription) return message.json();
    throw new Error(`nothing came on ${subject}`);
  };
  return { envelope: first() };
}

async function ask(runId: string, asOf: string, send = 1): Promise<Envelope> {
  const facts = bill(company({ quantity: (day) => (day >= 80 && day < 84 ? 2.5 : 1) }));
  const input = {
    anomaly: AnomalySettings.parse({}),
    costs: await service.runtime.artifacts.putNdjson(facts),
    asOf,
  };
  const replyTo = subjects.result(0, runId);
  const answer = await next(replyTo);
  const command: Envelope = {
    specversion: '1.0',
    id: `${runId}-anomalies-1`,
    source: '/trimtab/spec',
    type: TASK_COMMAND,
    time: new Date().toISOString(),
    runid: runId,
    taskid: 'anomalies',
    attempt: 1,
    fencetoken: '1.0',
    data: { type: 'anomaly.detect', input, replyTo },
  };
  const subject = subjects.command('anomaly', 'default', 'detect');
  await service.runtime.messaging.publish(subject, command, { sendNumber: send });
  return answer.envelope;
}

const count = async (table: string): Promise<number> =>
  Number((await service.runtime.pool.query(`SELECT count(*) FROM ${table}`)).rows[0].count);

describe('the anomaly service', () => {
  it('answers a command with what it found, keeps it and tells everybody', async () => {
    const told = await next(subjects.event('trimtab.anomaly.opened.v1'));
    const { data, runid } = await ask('run-1', asOfDay(82));
    expect({ data, runid }).toMatchObject({ runid: 'run-1', data: { status: 'completed' } });
    const { anomalies } = taskContracts['anomaly.detect'].output.parse((data as { output: unknown }).output);
    expect(anomalies).toMatchObject([{ id: '111111111111-compute-2026-10-20', status: 'open' }]);
    expect(await told.envelope).toMatchObject({
      runid: 'run-1',
      subject: 'anomaly/111111111111-compute-2026-10-20',
      data: { anomaly: anomalies[0] },
    });
    expect(await count('anomalies')).toBe(1);
  });

  it('gives the stored answer when the same command comes again', async () => {
    const before = await count('anomaly_changes');
    const { data } = await ask('run-1', asOfDay(82), 2);
    expect(data).toMatchObject({ status: 'completed' });
    expect(await count('anomaly_changes')).toBe(before);
  });

  it('closes in a later run what an earlier one opened', async () => {
    const told = await next(subjects.event('trimtab.anomaly.closed.v1'));
    await ask('run-2', asOfDay(95));
    expect(await told.envelope).toMatchObject({ runid: 'run-2', data: { anomaly: { status: 'closed' } } });
    const { rows } = await service.runtime.pool.query('SELECT id, status FROM anomalies');
    expect(rows).toEqual([{ id: '111111111111-compute-2026-10-20', status: 'closed' }]);
  });
});
