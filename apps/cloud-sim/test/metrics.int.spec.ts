import * as cloudwatch from '@aws-sdk/client-cloudwatch';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { gzipSync } from 'node:zlib';
import type { CloudSim } from '../src/index.js';
import { metricValues } from '../src/world/index.js';
import {
  clientConfig,
  collect,
  now,
  present,
  production,
  refusal,
  runningInstance,
  startSim,
} from './sim.js';

const day = 86_400_000;
let sim: CloudSim;
let client: cloudwatch.CloudWatchClient;
const place = { accountId: production, region: 'us-east-1' };
beforeAll(async () => {
  sim = await startSim();
  client = new cloudwatch.CloudWatchClient(clientConfig(sim, place));
});
afterAll(() => sim.close());

const someInstance = () =>
  runningInstance(sim.world, (item) => item.accountId === production && item.region === place.region);

const valuesOf = (results: cloudwatch.MetricDataResult[], id: string) =>
  results.filter((result) => result.Id === id).flatMap((result) => result.Values);

const cpu = (Id: string, instanceId: string, Stat = 'Average', Period = 300): cloudwatch.MetricDataQuery => ({
  Id,
  MetricStat: {
    Metric: {
      Namespace: 'AWS/EC2',
      MetricName: 'CPUUtilization',
      Dimensions: [{ Name: 'InstanceId', Value: instanceId }],
    },
    Period,
    Stat,
  },
});

const window = (days: number) => ({ StartTime: new Date(now - days * day), EndTime: new Date(now) });

describe('CloudWatch', () => {
  it('gives the values of the world, newest first unless asked otherwise', async () => {
    const instance = someInstance();
    const expected = metricValues(sim.world, {
      ...place,
      namespace: 'AWS/EC2',
      metricName: 'CPUUtilization',
      dimensions: { InstanceId: instance.id },
      stat: 'Average',
      period: 3600,
      start: now - 2 * day,
      end: now,
    });
    expect(expected.values.length).toBeGreaterThan(40);
    const ask = async (ScanBy?: cloudwatch.ScanBy) => {
      const input = { MetricDataQueries: [cpu('a', instance.id, 'Average', 3600)], ...window(2), ScanBy };
      return (await client.send(new cloudwatch.GetMetricDataCommand(input))).MetricDataResults?.[0];
    };
    const ascending = await ask('TimestampAscending');
    expect(ascending?.StatusCode).toBe('Complete');
    expect(ascending?.Values).toEqual(expected.values);
    expect(ascending?.Timestamps?.map((time) => time.getTime())).toEqual(expected.timestamps);
    expect((await ask())?.Values).toEqual([...expected.values].reverse());
  });

  it('cuts pages at MaxDatapoints, marks cut series as partial and loses nothing', async () => {
    const { id } = someInstance();
    const MetricDataQueries = [cpu('a', id), cpu('b', id, 'Maximum')];
    const input = { MetricDataQueries, ...window(1), ScanBy: 'TimestampAscending' as const };
    const whole = present((await client.send(new cloudwatch.GetMetricDataCommand(input))).MetricDataResults);
    const MaxDatapoints = valuesOf(whole, 'a').length - 10;
    const paginator = cloudwatch.paginateGetMetricData({ client }, { ...input, MaxDatapoints });
    const pages = await collect(paginator, (page) => [present(page.MetricDataResults)]);
    for (const page of pages) {
      expect(page.flatMap((result) => result.Values).length).toBeLessThanOrEqual(MaxDatapoints);
    }
    const results = pages.flat();
    expect(results.map((result) => result.StatusCode)).toEqual([
      'PartialData',
      'Complete',
      'PartialData',
      'Complete',
    ]);
    expect(valuesOf(results, 'a')).toEqual(valuesOf(whole, 'a'));
    expect(valuesOf(results, 'b')).toEqual(valuesOf(whole, 'b'));
  });

  it('accepts a compressed body', async () => {
    const compressing = new cloudwatch.CloudWatchClient(clientConfig(sim, place));
    let target: string | undefined;
    compressing.middlewareStack.add(
      (next) => (args) => {
        const request = args.request as { headers: Record<string, string>; body: string | Uint8Array };
        request.body = gzipSync(request.body);
        request.headers['content-encoding'] = 'gzip';
        request.headers['content-length'] = String(request.body.length);
        target = request.headers['x-amz-target'];
        return next(args);
      },
      { step: 'build', priority: 'low' },
    );
    const input = { MetricDataQueries: [cpu('a', someInstance().id)], ...window(1) };
    const answer = await compressing.send(new cloudwatch.GetMetricDataCommand(input));
    expect(answer.MetricDataResults?.[0]?.Values?.length).toBeGreaterThan(0);
    expect(target).toBe('GraniteServiceVersion20100801.GetMetricData');
  });

  it('another account sees no points, and no series is not an error', async () => {
    const stranger = new cloudwatch.CloudWatchClient(
      clientConfig(sim, { ...place, accountId: '444455556666' }),
    );
    const input = { MetricDataQueries: [cpu('a', someInstance().id)], ...window(1) };
    const answer = await stranger.send(new cloudwatch.GetMetricDataCommand(input));
    expect(answer.MetricDataResults?.[0]).toMatchObject({ StatusCode: 'Complete', Values: [] });
  });

  it('refuses too many queries, double ids and unknown statistics', async () => {
    const ask = (MetricDataQueries: cloudwatch.MetricDataQuery[]) =>
      refusal(client.send(new cloudwatch.GetMetricDataCommand({ MetricDataQueries, ...window(1) })));
    const many = Array.from({ length: 501 }, (_, i) => cpu(`q${i}`, 'i-1'));
    expect((await ask(many)).name).toBe('ValidationException');
    expect((await ask([cpu('a', 'i-1'), cpu('a', 'i-2')])).name).toBe('ValidationException');
    expect((await ask([cpu('a', 'i-1', 'Middle')])).name).toBe('ValidationException');
  });

  it('lists each metric once over all pages', async () => {
    const names: string[] = [];
    for await (const page of cloudwatch.paginateListMetrics(
      { client },
      { Namespace: 'AWS/EC2', MetricName: 'CPUUtilization' },
    )) {
      names.push(...(page.Metrics ?? []).map((metric) => metric.Dimensions?.[0]?.Value ?? ''));
    }
    expect(names).toContain(someInstance().id);
    expect(new Set(names).size).toBe(names.length);
    let total = 0;
    for await (const page of cloudwatch.paginateListMetrics({ client }, {})) {
      expect(page.Metrics?.length).toBeLessThanOrEqual(500);
      total += page.Metrics?.length ?? 0;
    }
    expect(total).toBeGreaterThan(names.length);
  });
});
