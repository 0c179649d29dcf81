import { AwsCloudProvider } from '@trimtab/cloud';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { join } from 'node:path';
import { subjects, TASK_COMMAND, taskContracts, TaskResultData } from '@trimtab/contracts';
import type { ActionKind, ExecutionMode, TaskOutput, TaskType } from '@trimtab/contracts';
import { testServers } from '@trimtab/embedded/testing';
import type { TestServers } from '@trimtab/embedded/testing';
import { createPool, openArtifacts } from '@trimtab/event-store';
import type { Artifacts } from '@trimtab/event-store';
import { newId } from '@trimtab/kernel';
import type { Envelope } from '@trimtab/kernel';
import { connectMessaging } from '@trimtab/messaging';
import type { Messaging } from '@trimtab/messaging';
import { eventually, startProcess } from '@trimtab/testing';
import type { FaultyProcess } from '@trimtab/testing';
import type { Pool } from 'pg';
import { asOf, settings } from './arrange.js';
import { audit, find, plantFault, startCompany } from './company.js';
import type { Company } from './company.js';

const root = join(import.meta.dirname, '../../..');
const clock = { now: () => new Date() };
const clouds = new AwsCloudProvider();
const taken = new Set<string>();
const results = new Map<string, TaskResultData>();
const events: Envelope[] = [];
let servers: TestServers;
let company: Company;
let execution: FaultyProcess;
let messaging: Messaging;
let pool: Pool;
let artifacts: Artifacts;

beforeAll(async () => {
  [servers, company] = await Promise.all([testServers(), startCompany()]);
  execution = await startProcess({
    entry: join(root, 'apps/execution/dist/main.js'),
    ready: { line: /"ready":true/ },
    env: {
      NATS_URL: servers.natsUrl,
      DATABASE_URL: `${servers.databaseUrl}?connect_timeout=60`,
      LOG_LEVEL: 'warn',
      EXECUTION_POLL_MS: '20',
      EXECUTION_WAIT_MS: '60000',
      EXECUTION_SETTLE_MS: '30000',
    },
  });
  messaging = await connectMessaging({ url: servers.natsUrl, name: 'spec' });
  pool = createPool({ url: servers.databaseUrl, connectMs: 60_000 });
  artifacts = await openArtifacts(pool);
  const decode = (data: Uint8Array): Envelope => JSON.parse(new TextDecoder().decode(data)) as Envelope;
  messaging.nc.subscribe('trimtab.evt.action.>', {
    callback: (_, msg) => {
      const event = decode(msg.data);
      // What had no acknowledgement in time is sent again; the stream keeps it once.
      if (!events.some(({ id }) => id === event.id)) events.push(event);
    },
  });
  messaging.nc.subscribe('trimtab.res.>', {
    callback: (_, msg) => {
      const { taskid = '', data } = decode(msg.data);
      results.set(taskid, TaskResultData.parse(data));
    },
  });
});

afterAll(async () => {
  clouds.close();
  await messaging?.close(1_000);
  await execution?.stop();
  await company?.process.stop();
  await pool?.end();
  await servers?.dispose();
});

const commandOf = (type: TaskType, runid: string, input: object): Envelope => ({
  specversion: '1.0',
  id: newId(clock),
  source: '/spec',
  type: TASK_COMMAND,
  time: clock.now().toISOString(),
  datacontenttype: 'application/json',
  runid,
  taskid: newId(clock),
  attempt: 1,
  correlationid: runid,
  data: { type, input, replyTo: subjects.result(0, runid) },
});

const send = (type: TaskType, command: Envelope, sendNumber = 1): Promise<unknown> =>
  messaging.publish(subjects.command('execution', 'default', type.split('.')[1] ?? ''), command, {
    sendNumber,
  });

async function answer<T extends TaskType>(type: T, { taskid = '' }: Envelope): Promise<TaskOutput<T>> {
  await eventually(() => results.has(taskid), { timeoutMs: 180_000 });
  const result = results.get(taskid);
  if (result?.status === 'completed') return taskContracts[type].output.parse(result.output) as TaskOutput<T>;
  throw new Error(JSON.stringify(result));
}

async function ask<T extends TaskType>(type: T, runId: string, input: object): Promise<TaskOutput<T>> {
  const command = commandOf(type, runId, input);
  await send(type, command);
  return answer(type, command);
}

async function planOf(runId: string, mode: ExecutionMode, kinds: readonly ActionKind[]) {
  const findings = [];
  for (const kind of kinds) {
    const finding = await find(clouds, company, kind, taken);
    taken.add(finding.resource.arn);
    findings.push(finding);
    Object.assign(finding.recommendation, {
      monthlySavingsNet: { amount: String(100 - findings.length), currency: 'USD' },
    });
  }
  return ask('execution.plan', runId, {
    execution: settings(mode),
    recommendations: await artifacts.putNdjson(findings.map((one) => one.recommendation)),
    inventory: [await artifacts.putNdjson(findings.map((one) => one.resource))],
    asOf,
  });
}

const inputOf = ({ planId, plan, digest }: TaskOutput<'execution.plan'>, grantedBy: string) => ({
  cloud: company.settings,
  planId,
  plan,
  digest,
  approval: { digest, grantedBy, at: asOf },
  asOf,
});

const eventsOf = (runId: string): string[] =>
  events.filter((event) => (event.data as { runId?: string }).runId === runId).map((event) => event.type);

const three: readonly ActionKind[] = ['ebs.modify-volume', 'ec2.release-address', 'logs.put-retention'];

describe('execution as a process, on the bus', () => {
  it('plans, simulates and publishes every action without one change', async () => {
    const planned = await planOf('run-dry', 'dry-run', three);
    expect(planned).toMatchObject({ actions: 3, needsApproval: false, grantedBy: 'dry-run' });
    const output = await ask('execution.execute', 'run-dry', inputOf(planned, 'dry-run'));
    expect(output).toMatchObject({ mode: 'dry-run', byStatus: { verified: 3 }, failures: [] });
    expect(await audit(company)).toEqual([]);
    const executed = 'trimtab.action.executed.v1';
    await eventually(() => eventsOf('run-dry').length === 4);
    expect(eventsOf('run-dry')).toEqual(['trimtab.action.planned.v1', executed, executed, executed]);
  });

  it('acts on what a person approved and takes it back when asked', async () => {
    const planned = await planOf('run-live', 'live', three);
    expect(planned).toMatchObject({ needsApproval: true, grantedBy: null });
    const output = await ask('execution.execute', 'run-live', inputOf(planned, 'anna'));
    expect(output).toMatchObject({ mode: 'live', byStatus: { verified: 3 } });
    const done = await artifacts.readNdjson<{ actionId: string }>(output.results);
    const actionIds: string[] = [];
    for await (const one of done) actionIds.push(one.actionId);
    const rollback = { cloud: company.settings, actionIds, requestedBy: 'anna', asOf };
    const { results: back } = await ask('execution.rollback', 'run-back', rollback);
    expect(back.map((one) => one.status)).toEqual(['rolled-back', 'rolled-back', 'rolled-back']);
    expect(await audit(company)).toHaveLength(6);
  });

  it('refuses what nobody approved', async () => {
    const planned = await planOf('run-refused', 'live', ['logs.put-retention']);
    const before = (await audit(company)).length;
    const asked = ask('execution.execute', 'run-refused', inputOf(planned, 'approve-low'));
    await expect(asked).rejects.toThrow('execution.approval-missing');
    expect(await audit(company)).toHaveLength(before);
  });

  it('acts once when it is killed while its request is on the way, and the effect comes after its death', async () => {
    const planned = await planOf('run-killed', 'live', ['ec2.stop-instance', 'ec2.release-address']);
    const before = (await audit(company)).length;
    await plantFault(company, { kind: 'slow', operation: 'StopInstances', times: 1, delayMs: 5_000 });
    const command = commandOf('execution.execute', 'run-killed', inputOf(planned, 'anna'));
    const sentAt = performance.now();
    await send('execution.execute', command);
    const begun = `SELECT 1 FROM execution.actions WHERE status = 'acting' AND (progress ->> 'begun')::boolean`;
    await eventually(async () => (await pool.query(begun)).rows.length > 0);
    await new Promise((resolve) => setTimeout(resolve, 300));
    await execution.kill();
    await execution.start();
    await send('execution.execute', command, 2);

    const output = await answer('execution.execute', command);
    expect(output.byStatus).toEqual({ verified: 2 });
    // The delayed request must have had its time, or a second one could not be told from it.
    await new Promise((resolve) => setTimeout(resolve, sentAt + 5_500 - performance.now()));
    const made = (await audit(company)).slice(before).map((one) => one.operation);
    expect(made.sort()).toEqual(['ReleaseAddress', 'StopInstances']);
  });
});
