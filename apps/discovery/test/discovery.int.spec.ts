import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { join } from 'node:path';
import {
  eventContracts,
  Resource,
  subjects,
  TASK_COMMAND,
  taskContracts,
  TaskResultData,
} from '@trimtab/contracts';
import type { CostImport, TaskOutput, TaskType } from '@trimtab/contracts';
import { testServers } from '@trimtab/embedded/testing';
import type { TestServers } from '@trimtab/embedded/testing';
import { openArtifacts } from '@trimtab/event-store';
import type { Artifacts } from '@trimtab/event-store';
import { newId } from '@trimtab/kernel';
import type { Envelope, ErrorInfo } from '@trimtab/kernel';
import { connectMessaging } from '@trimtab/messaging';
import type { Messaging } from '@trimtab/messaging';
import { eventually, startProcess } from '@trimtab/testing';
import type { FaultyProcess } from '@trimtab/testing';
import pg from 'pg';
import { allOf } from './task.fixtures.js';

const root = join(import.meta.dirname, '../../..');
const asOf = '2026-11-21T10:00:00.000Z';
const clock = { now: () => new Date() };
const accounts = [
  { id: '111122223333', name: 'production' },
  { id: '444455556666', name: 'development' },
];
const regions = ['us-east-1', 'us-west-2', 'eu-west-1'];
const scope = { accountId: '111122223333', accountName: 'production', region: 'us-east-1' };
let servers: TestServers;
let sim: FaultyProcess;
let simUrl: string;
let discovery: FaultyProcess;
let messaging: Messaging;
let pool: pg.Pool;
let artifacts: Artifacts;
const results = new Map<string, TaskResultData>();
const events: Envelope[] = [];

beforeAll(async () => {
  const entry = (app: string): string => join(root, `apps/${app}/dist/main.js`);
  const ready = { line: /"ready":true/ };
  [servers, sim] = await Promise.all([
    testServers(),
    startProcess({
      entry: entry('cloud-sim'),
      ready,
      env: { CLOUD_SIM_PORT: '0', CLOUD_SIM_SEED: '1', CLOUD_SIM_NOW: asOf },
    }),
  ]);
  simUrl = /"url":"([^"]+)"/.exec(sim.output)?.[1] ?? '';
  const env = {
    NATS_URL: servers.natsUrl,
    DATABASE_URL: `${servers.databaseUrl}?connect_timeout=60`,
    LOG_LEVEL: 'warn',
  };
  discovery = await startProcess({ entry: entry('discovery'), ready, env });
  messaging = await connectMessaging({ url: servers.natsUrl, name: 'spec' });
  pool = new pg.Pool({ connectionString: servers.databaseUrl });
  artifacts = await openArtifacts(pool);
  const decode = (data: Uint8Array): Envelope => JSON.parse(new TextDecoder().decode(data)) as Envelope;
  messaging.nc.subscribe('trimtab.res.>', {
    callback: (_, msg) => {
      const envelope = decode(msg.data);
      results.set(envelope.taskid ?? '', TaskResultData.parse(envelope.data));
    },
  });
  messaging.nc.subscribe('trimtab.evt.>', { callback: (_, msg) => void events.push(decode(msg.data)) });
});

afterAll(async () => {
  await messaging?.close(1_000);
  await discovery?.stop();
  await sim?.stop();
  await pool?.end();
  await servers?.dispose();
});
beforeEach(() => fetch(`${simUrl}/_sim/faults`, { method: 'DELETE' }));

const cloud = () => ({ endpoint: simUrl, accounts, regions });
const envelopeOf = (type: string, data: unknown, more: Partial<Envelope> = {}): Envelope => ({
  specversion: '1.0',
  id: newId(clock),
  source: '/spec',
  type,
  time: clock.now().toISOString(),
  datacontenttype: 'application/json',
  data,
  ...more,
});
const fault = (body: object) =>
  fetch(`${simUrl}/_sim/faults`, { method: 'POST', body: JSON.stringify(body) });

/** Sends a task as the orchestrator does and waits for its result; a failed one is thrown. */
async function run<T extends TaskType>(type: T, input: object): Promise<TaskOutput<T>> {
  const [runid, taskid] = [newId(clock), newId(clock)];
  const [service = '', action = ''] = type.split('.');
  const data = { type, input, replyTo: subjects.result(0, runid) };
  const command = envelopeOf(TASK_COMMAND, data, { runid, taskid, attempt: 1, correlationid: runid });
  await messaging.publish(subjects.command(service, 'default', action), command);
  const result = await eventually(() => results.get(taskid), { timeoutMs: 180_000 }).catch(() => undefined);
  if (result?.status === 'completed') return taskContracts[type].output.parse(result.output) as TaskOutput<T>;
  if (result?.status === 'failed') throw result.error;
  throw new Error(`no result of ${type}; discovery said:\n${discovery.output}`);
}

describe('discovery as a process, against the simulated company', () => {
  it('finds the scopes of two accounts in three regions', async () => {
    const found = await run('discovery.scopes', {
      cloud: { ...cloud(), regions: [...regions, 'xx-far-1'] },
      asOf,
    });
    expect(found.scopes).toHaveLength(6);
    expect(found.unreachable.map(({ region }) => region)).toEqual(['xx-far-1', 'xx-far-1']);
  });

  it('scans all services of a scope completely, with metrics, and publishes what it found', async () => {
    const output = await run('discovery.inventory', { cloud: cloud(), scan: {}, scope, asOf });
    expect(output.coverage.map(({ status }) => status)).toEqual(new Array(7).fill('scanned'));
    expect(Object.keys(output.counts)).toHaveLength(7);
    const resources = await allOf(artifacts.readNdjson(output.resources));
    expect(resources).toHaveLength(output.resources.count);
    const running = resources
      .map((resource) => Resource.parse(resource))
      .filter((resource) => resource.type === 'ec2:instance' && resource.attributes.state === 'running');
    expect(running.length).toBeGreaterThan(10);
    for (const instance of running)
      expect(instance.metrics.map(({ metric }) => metric)).toContain('CPUUtilization');
    const event = await eventually(() => events.find(({ type }) => type === 'trimtab.inventory.scanned.v1'));
    expect(eventContracts['trimtab.inventory.scanned.v1'].parse(event.data).shard).toEqual(output.resources);
  });

  it('waits out throttling, and reports a service that is denied while the others are scanned', async () => {
    await fault({ kind: 'throttle', service: 'ec2', times: 3 });
    await fault({ kind: 'error5xx', service: 'elasticloadbalancing', times: 1 });
    await fault({ kind: 'deny', service: 'rds' });
    const output = await run('discovery.inventory', { cloud: cloud(), scan: {}, scope, asOf });
    const status = Object.fromEntries(output.coverage.map((entry) => [entry.service, entry.status]));
    expect(status).toEqual({
      ec2: 'scanned',
      ebs: 'scanned',
      rds: 'failed',
      lambda: 'scanned',
      s3: 'scanned',
      elb: 'scanned',
      'cloudwatch-logs': 'scanned',
    });
    expect(output.coverage.find(({ service }) => service === 'rds')?.error).toMatchObject({
      code: 'cloud.access-denied',
      details: { operation: 'DescribeDBInstances' },
    });
  });

  it('prices a region for every check', async () => {
    const services = ['ec2', 'ebs', 'rds', 'lambda', 's3', 'elb', 'cloudwatch-logs'];
    const output = await run('discovery.prices', { cloud: cloud(), region: 'eu-west-1', services, asOf });
    const prices = await allOf(artifacts.readNdjson<{ usageType: string }>(output.prices));
    const types = prices.map(({ usageType }) => usageType.replace(/^EU-/, ''));
    for (const wanted of [
      'BoxUsage:m5.large',
      'EBS:VolumeUsage.gp3',
      'EBS:SnapshotUsage',
      'PublicIPv4:IdleAddress',
    ]) {
      expect(types).toContain(wanted);
    }
    expect(output.instanceTypes.count).toBeGreaterThan(50);
  });

  it('brings 120 days of costs that add up, and keeps them in its tables', async () => {
    const output = await run('discovery.costs', { cloud: cloud(), costs: {}, asOf });
    expect([output.firstDay, output.lastDay]).toEqual(['2026-07-24', '2026-11-20']);
    const { rows } = await pool.query<{ billed: string }>(
      'SELECT trim_scale(sum(billed_cost))::text AS billed FROM discovery.cost_facts',
    );
    expect(rows[0]?.billed).toBe(output.totals[0]?.billedCost);
    const pages = await eventually(() => {
      const told = events.filter(({ type }) => type === 'trimtab.cost.imported.v1');
      return told.length > 0 && told;
    });
    for (const page of pages) expect(JSON.stringify(page).length).toBeLessThan(256 * 1024);
  });

  it('imports a bill on request and refuses a broken one with its reason', async () => {
    const subject = subjects.ask('discovery', 'import-costs');
    const path = join(import.meta.dirname, 'data/focus_1_0_sample_1000.csv.gz');
    const imported = await messaging.request<CostImport>(
      subject,
      envelopeOf('trimtab.ask.v1', { path }),
      30_000,
    );
    expect(imported).toMatchObject({ status: 'imported', rows: 1000 });
    const notABill = join(root, 'package.json');
    await expect(
      messaging.request(subject, envelopeOf('trimtab.ask.v1', { path: notABill }), 30_000),
    ).rejects.toMatchObject({
      code: 'costs.invalid-file',
      details: { line: 1, column: 'BilledCost' },
    } as Partial<ErrorInfo>);
  });

  it('fails a task for later when the cloud cannot be reached', async () => {
    const nowhere = { ...cloud(), endpoint: 'http://127.0.0.1:9' };
    const failed = run('discovery.scopes', { cloud: nowhere, asOf });
    await expect(failed).rejects.toMatchObject({ code: 'discovery.nothing-reachable', retry: 'later' });
  });
});
