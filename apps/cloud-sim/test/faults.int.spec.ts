import { DescribeVolumesCommand, EC2Client, CreateSnapshotCommand } from '@aws-sdk/client-ec2';
import { CloudTrailClient, LookupEventsCommand, paginateLookupEvents } from '@aws-sdk/client-cloudtrail';
import { GetMetricDataCommand, CloudWatchClient } from '@aws-sdk/client-cloudwatch';
import { LambdaClient, ListFunctionsCommand } from '@aws-sdk/client-lambda';
import { DescribeDBInstancesCommand, RDSClient } from '@aws-sdk/client-rds';
import { ListBucketsCommand, S3Client } from '@aws-sdk/client-s3';
import { afterEach, beforeAll, afterAll, describe, expect, it } from '@jest/globals';
import { readFile, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startCloudSim } from '../src/index.js';
import type { CloudSim } from '../src/index.js';
import { clientConfig, control, looseVolume, now, production, refusal, startSim } from './sim.js';

let sim: CloudSim;
beforeAll(async () => {
  sim = await startSim();
});
afterAll(() => sim.close());
afterEach(() => control(sim, 'DELETE', 'faults'));

const place = { accountId: production, region: 'us-east-1' };
const plan = async (fault: object) => {
  const answer = await control(sim, 'POST', 'faults', fault);
  expect(answer.status).toBe(200);
};
const volumes = (attempts: number, at = place) =>
  new EC2Client(clientConfig(sim, at, attempts)).send(new DescribeVolumesCommand({}));

describe('planned faults', () => {
  it('the SDK retries a throttled call and succeeds', async () => {
    await plan({ kind: 'throttle', service: 'ec2', operation: 'DescribeVolumes', times: 2 });
    const answer = await volumes(3);
    expect(answer.$metadata.attempts).toBe(3);
    expect(answer.Volumes?.length).toBeGreaterThan(0);
  });

  it('each protocol throttles with its own code and status', async () => {
    await plan({ kind: 'throttle' });
    const config = clientConfig(sim, place);
    const metricData = { MetricDataQueries: [], StartTime: new Date(now - 1e6), EndTime: new Date(now) };
    expect(await refusal(volumes(1))).toEqual({ name: 'RequestLimitExceeded', status: 503 });
    expect(await refusal(new RDSClient(config).send(new DescribeDBInstancesCommand({})))).toEqual({
      name: 'Throttling',
      status: 400,
    });
    expect(await refusal(new CloudTrailClient(config).send(new LookupEventsCommand({})))).toEqual({
      name: 'ThrottlingException',
      status: 400,
    });
    expect(await refusal(new CloudWatchClient(config).send(new GetMetricDataCommand(metricData)))).toEqual({
      name: 'Throttling',
      status: 400,
    });
    expect(await refusal(new LambdaClient(config).send(new ListFunctionsCommand({})))).toEqual({
      name: 'TooManyRequestsException',
      status: 429,
    });
    expect(await refusal(new S3Client(config).send(new ListBucketsCommand({})))).toEqual({
      name: 'SlowDown',
      status: 503,
    });
  });

  it('deny and server errors strike only the account, region and operation they name', async () => {
    await plan({ kind: 'deny', service: 'ec2', region: 'us-west-2', accountId: production });
    await plan({ kind: 'error5xx', service: 'ec2', operation: 'DescribeSnapshots' });
    expect(await refusal(volumes(1, { ...place, region: 'us-west-2' }))).toEqual({
      name: 'UnauthorizedOperation',
      status: 403,
    });
    expect((await volumes(1)).Volumes).toBeDefined();
  });

  it('a lost reply leaves the effect in place', async () => {
    const volume = looseVolume(sim.world);
    const count = sim.world.snapshots.size;
    await plan({ kind: 'lostReply', service: 'ec2', operation: 'CreateSnapshot', times: 1 });
    const client = new EC2Client(clientConfig(sim, volume));
    await refusal(client.send(new CreateSnapshotCommand({ VolumeId: volume.id })));
    expect(sim.world.snapshots.size).toBe(count + 1);
  });

  it('a slow call answers late, and probability draws repeat with the seed', async () => {
    await plan({ kind: 'slow', delayMs: 120, times: 1 });
    const start = performance.now();
    await volumes(1);
    expect(performance.now() - start).toBeGreaterThan(115);
    const outcomes = async () => {
      const other = await startSim();
      await control(other, 'POST', 'faults', { kind: 'error5xx', probability: 0.5 });
      const client = new EC2Client(clientConfig(other, place));
      const list: boolean[] = [];
      for (let i = 0; i < 20; i++) {
        list.push(
          await client.send(new DescribeVolumesCommand({ MaxResults: 5 })).then(
            () => true,
            () => false,
          ),
        );
      }
      await other.close();
      return list;
    };
    const once = await outcomes();
    expect(await outcomes()).toEqual(once);
    expect(new Set(once).size).toBe(2);
  });

  it('a fault that makes no sense is refused', async () => {
    const bodies = [{ kind: 'boredom' }, { kind: 'slow', probability: 2 }, { kind: 'deny', times: 0 }];
    for (const body of bodies) expect((await control(sim, 'POST', 'faults', body)).status).toBe(400);
  });
});

describe('the control API and the record', () => {
  it('health, state and audit show the live world, never the truth', async () => {
    const volume = looseVolume(sim.world);
    const client = new EC2Client(clientConfig(sim, volume));
    await client.send(new CreateSnapshotCommand({ VolumeId: volume.id }));
    const state = (await (await control(sim, 'GET', `state?kind=volumes&id=${volume.id}`)).json()) as {
      item: unknown;
    };
    expect(state.item).toEqual(JSON.parse(JSON.stringify(volume)));
    const { entries } = (await (await control(sim, 'GET', 'audit')).json()) as {
      entries: { operation: string }[];
    };
    expect(entries.at(-1)).toMatchObject({
      operation: 'CreateSnapshot',
      accountId: volume.accountId,
      service: 'ec2',
    });
    expect(await (await control(sim, 'GET', 'health')).json()).toMatchObject({ status: 'ok', seed: 7 });
    expect((await control(sim, 'GET', 'state?kind=truth')).status).toBe(400);
    expect((await control(sim, 'GET', 'truth')).status).toBe(404);
  });

  it('CloudTrail pages back through the history, newest first, each event once', async () => {
    const busiest = new Map<string, number>();
    for (const event of sim.world.trail) {
      const key = `${event.accountId} ${event.region}`;
      busiest.set(key, (busiest.get(key) ?? 0) + 1);
    }
    const [accountId = '', region = ''] = ([...busiest].sort((a, b) => b[1] - a[1])[0]?.[0] ?? '').split(' ');
    const client = new CloudTrailClient(clientConfig(sim, { accountId, region }));
    const ids: string[] = [];
    const times: number[] = [];
    for await (const page of paginateLookupEvents({ client, pageSize: 3 }, {})) {
      ids.push(...(page.Events ?? []).map((event) => event.EventId ?? ''));
      times.push(...(page.Events ?? []).map((event) => event.EventTime?.getTime() ?? 0));
    }
    const expected = sim.world.trail.filter(
      (event) =>
        event.accountId === accountId && event.region === region && event.eventTime > now - 90 * 86_400_000,
    );
    expect(ids.length).toBe(expected.length);
    expect(new Set(ids)).toEqual(new Set(expected.map((event) => event.eventId)));
    expect(times).toEqual([...times].sort((a, b) => b - a));
  });

  it('the planted truth is written only when a file is named', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'cloud-sim-'));
    const truthFile = join(folder, 'truth.json');
    const other = await startCloudSim({ port: 0, seed: 7, now, truthFile });
    const truth = JSON.parse(await readFile(truthFile, 'utf8')) as { waste: unknown[] };
    expect(truth.waste).toHaveLength(other.world.truth.waste.length);
    await other.close();
    await rm(folder, { recursive: true });
  });
});
