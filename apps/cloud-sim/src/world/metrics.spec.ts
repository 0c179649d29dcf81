import { describe, expect, it } from '@jest/globals';
import { generateWorld, listMetrics, metricsOf, metricValues } from './index.js';
import type { Owned } from './index.js';

const NOW = Date.parse('2026-11-21T03:00:00Z');
const DAY = 86_400_000;
const world = generateWorld({ seed: 1, now: NOW });
const running = [...world.instances.values()].filter(
  (i) => i.state === 'running' && i.launchTime < NOW - 20 * DAY,
);

function read(
  owner: Owned,
  namespace: string,
  metricName: string,
  dimensions: Record<string, string>,
  more: { stat?: string; period?: number; days?: number } = {},
) {
  const { stat = 'Average', period = 300, days = 14 } = more;
  const { accountId, region } = owner;
  const query = { accountId, region, namespace, metricName, dimensions, stat, period };
  return metricValues(world, { ...query, start: NOW - days * DAY, end: NOW });
}

describe('metricValues', () => {
  const instance = running[0] as (typeof running)[number];
  const dimensions = { InstanceId: instance.id };
  const cpu = (more: { stat?: string; period?: number; days?: number }) =>
    read(instance, 'AWS/EC2', 'CPUUtilization', dimensions, more);

  it('answers 200 series of 14 days of five-minute points in under two seconds of work', () => {
    // Time of the processor, not of the clock: others may keep this machine busy.
    const start = process.cpuUsage();
    let count = 0;
    for (let i = 0; i < 200; i += 1) {
      const owner = running[i % running.length] as (typeof running)[number];
      count += read(owner, 'AWS/EC2', 'CPUUtilization', { InstanceId: owner.id }, { stat: 'Maximum' }).values
        .length;
    }
    expect(count).toBeGreaterThan(200 * 4000);
    expect(process.cpuUsage(start).user / 1_000).toBeLessThan(2000);
  });

  it('gives equal answers to equal questions and ascending aligned timestamps', () => {
    const { timestamps, values } = cpu({});
    expect(cpu({}).values).toEqual(values);
    expect(
      timestamps.every((time, i) => time % 300_000 === 0 && (i === 0 || time > (timestamps[i - 1] ?? 0))),
    ).toBe(true);
    const half = metricValues(world, {
      accountId: instance.accountId,
      region: instance.region,
      namespace: 'AWS/EC2',
      metricName: 'CPUUtilization',
      dimensions,
      stat: 'Average',
      period: 300,
      start: NOW - 7 * DAY,
      end: NOW,
    });
    expect(values.slice(-half.values.length)).toEqual(half.values);
  });

  it('orders minimum, average, percentile and maximum in every period', () => {
    for (const period of [300, 3600, 86_400]) {
      const [low, mean, high, tail] = ['Minimum', 'Average', 'Maximum', 'p99'].map(
        (stat) => cpu({ stat, period }).values,
      );
      mean?.forEach((value, i) => {
        expect(low?.[i]).toBeLessThanOrEqual(value);
        expect(high?.[i]).toBeGreaterThanOrEqual(value);
        expect(tail?.[i]).toBeLessThanOrEqual(high?.[i] ?? 0);
        expect(high?.[i]).toBeLessThanOrEqual(100);
      });
    }
  });

  it('makes hours out of their five-minute points', () => {
    const fine = cpu({ stat: 'Maximum' });
    const hours = cpu({ stat: 'Maximum', period: 3600 });
    const top = new Map<number, number>();
    fine.timestamps.forEach((time, i) => {
      const hour = Math.floor(time / 3_600_000) * 3_600_000;
      top.set(hour, Math.max(top.get(hour) ?? 0, fine.values[i] ?? 0));
    });
    expect(hours.timestamps.map((time) => top.get(time))).toEqual(hours.values);
    const sum = (stat: number[]) => stat.reduce((a, b) => a + b, 0);
    const total = (period: number) =>
      sum(read(instance, 'AWS/EC2', 'NetworkIn', dimensions, { stat: 'Sum', period }).values);
    expect(total(3600) / total(300)).toBeCloseTo(1, 6);
  });

  it('keeps 63 days of fine points and 90 days of daily ones', () => {
    const old = [...world.instances.values()].find(
      (i) => i.state === 'running' && i.launchTime < NOW - 120 * DAY,
    );
    const id = { InstanceId: old?.id ?? '' };
    const fine = read(old as Owned, 'AWS/EC2', 'CPUUtilization', id, { days: 100 });
    expect(fine.values).toHaveLength(63 * 288);
    const days = read(old as Owned, 'AWS/EC2', 'CPUUtilization', id, { days: 100, period: 86_400 });
    expect(days.values.length).toBeGreaterThanOrEqual(90);
  });

  it('has nothing to say about stopped machines, idle functions, other accounts or unknown series', () => {
    const stopped = [...world.instances.values()].find((i) => i.state === 'stopped' && i.usage.base > 0.3);
    expect(
      read(stopped as Owned, 'AWS/EC2', 'CPUUtilization', { InstanceId: stopped?.id ?? '' }).values,
    ).toEqual([]);
    const unused = world.truth.waste.find((waste) => waste.check === 'LAM-04');
    const fn = world.functions.get(unused?.resourceId ?? '');
    expect(read(fn as Owned, 'AWS/Lambda', 'Invocations', { FunctionName: fn?.name ?? '' }).values).toEqual(
      [],
    );
    expect(
      read({ ...instance, accountId: '999900001111' }, 'AWS/EC2', 'CPUUtilization', dimensions).values,
    ).toEqual([]);
    expect(read(instance, 'AWS/EC2', 'NoSuchMetric', dimensions).values).toEqual([]);
    expect(read(instance, 'AWS/EC2', 'CPUUtilization', {}).values).toEqual([]);
  });

  it('is busier by day than by night', () => {
    const means = Array.from({ length: 24 }, () => [] as number[]);
    const { timestamps, values } = cpu({ period: 3600 });
    timestamps.forEach((time, i) => means[(time / 3_600_000) % 24]?.push(values[i] ?? 0));
    const byHour = means.map((list) => list.reduce((a, b) => a + b, 0) / list.length);
    expect(Math.max(...byHour) / Math.min(...byHour)).toBeGreaterThan(1.3);
  });

  it('reports the storage of a bucket once a day', () => {
    const bucket = [...world.buckets.values()][0];
    const size = read(
      bucket as Owned,
      'AWS/S3',
      'BucketSizeBytes',
      { BucketName: bucket?.name ?? '', StorageType: 'StandardStorage' },
      { period: 86_400 },
    );
    expect(size.values).toHaveLength(15);
    expect(Math.abs((size.values[13] ?? 0) / (bucket?.sizeBytes ?? 1) - 1)).toBeLessThan(0.01);
  });

  it('shows the log group behind the level shift', () => {
    const group = [...world.logGroups.values()].find((item) => item.incomingShift);
    const bytes = read(
      group as Owned,
      'AWS/Logs',
      'IncomingBytes',
      { LogGroupName: group?.name ?? '' },
      { stat: 'Sum', period: 86_400, days: 20 },
    );
    expect((bytes.values.at(-2) ?? 0) / (bytes.values[2] ?? 1)).toBeGreaterThan(10);
  });
});

describe('listMetrics', () => {
  it('names only series that metricValues can answer', () => {
    for (const { id: accountId } of world.accounts) {
      for (const region of world.regions) {
        for (const metric of listMetrics(world, { accountId, region })) {
          const start = NOW - 14 * DAY;
          const found = metricValues(world, {
            accountId,
            region,
            ...metric,
            stat: 'Average',
            period: 86_400,
            start,
            end: NOW,
          });
          expect([metric.metricName, found.values.length > 0]).toEqual([metric.metricName, true]);
        }
      }
    }
  });

  it('filters by namespace, name and dimension', () => {
    const [instance] = running;
    const { accountId = '', region = '' } = instance ?? {};
    const cpu = listMetrics(world, { accountId, region, namespace: 'AWS/EC2', metricName: 'CPUUtilization' });
    const expected = [...world.instances.values()].filter(
      (i) =>
        i.accountId === accountId &&
        i.region === region &&
        (i.state === 'running' || i.tags['Name'] === 'parked-lately'),
    );
    expect(cpu).toHaveLength(expected.length);
    const one = listMetrics(world, { accountId, region, dimensions: { InstanceId: instance?.id } });
    expect(one.some((metric) => metric.metricName === 'NetworkIn')).toBe(true);
    expect(one.every((metric) => metric.dimensions['InstanceId'] === instance?.id)).toBe(true);
  });

  it('says the same through name-value pairs', () => {
    const door = metricsOf(world);
    const [instance] = running;
    const { accountId = '', region = '', id = '' } = instance ?? {};
    const metric = door.list(accountId, region).find((item) => item.dimensions[0]?.value === id);
    expect(metric?.dimensions).toEqual([{ name: 'InstanceId', value: id }]);
    const query = { accountId, region, stat: 'Average', period: 3600, start: NOW - DAY, end: NOW };
    expect(
      door.series({
        ...query,
        namespace: 'AWS/EC2',
        metricName: 'CPUUtilization',
        dimensions: metric?.dimensions ?? [],
      }).values,
    ).toHaveLength(24);
  });
});
