import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { wantedMetrics } from './metric-plan.js';
import type { WantedMetric } from './metric-plan.js';
import { instanceResource, loadBalancerResource, stoppedAt, volumeResource } from './resources.js';
import { seriesOf, significant } from './series.js';
import { aLoadBalancer, anInstance, aVolume } from '@trimtab/cloud/testing';

const scope = { accountId: '1', region: 'eu-west-1' };
const start = Date.UTC(2026, 10, 1);
const wanted = (given: Partial<WantedMetric>): WantedMetric => ({
  namespace: 'N',
  metric: 'M',
  dimensions: {},
  stat: 'Sum',
  unit: 'Count',
  period: 300,
  days: 1,
  reading: 'points',
  ...given,
});

describe('series of a resource', () => {
  it('keep a missing point missing and drop a series without any', () => {
    const points = { start, period: 300, values: [1, null, 0] };
    const nothing = { start, period: 300, values: [null, null, null] };
    expect(seriesOf([{ wanted: wanted({}), points }])[0]?.values).toEqual([1, null, 0]);
    expect(seriesOf([{ wanted: wanted({}), points: nothing }])).toEqual([]);
  });

  it('gather five minutes by the hour: the sum, and the highest rate per second', () => {
    const firstHour = [600, ...new Array<number>(11).fill(300)];
    const secondHour = Array.from({ length: 12 }, (_, i) => (i === 8 ? 3_000 : null));
    const values = [...firstHour, ...secondHour, ...new Array<null>(12).fill(null)];
    const [sums, peaks] = seriesOf([
      { wanted: wanted({ reading: 'hourly-sum-and-peak-rate' }), points: { start, period: 300, values } },
    ]);
    expect(sums).toMatchObject({ stat: 'Sum', period: 3600, unit: 'Count', values: [3_900, 3_000, null] });
    expect(peaks).toMatchObject({
      stat: 'Maximum',
      period: 3600,
      unit: 'Count/Second',
      values: [2, 10, null],
    });
  });

  it('add up target groups point by point', () => {
    const group = (values: (number | null)[]) => ({
      wanted: wanted({ metric: 'HealthyHostCount', stat: 'Maximum', reading: 'added' as const }),
      points: { start, period: 86_400, values },
    });
    const found = seriesOf([group([1, null, null]), group([2, 3, null])]);
    expect(found).toHaveLength(1);
    expect(found[0]?.values).toEqual([3, 3, null]);
  });

  it('are rounded to four significant digits, whatever the size', () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true, min: -1e15, max: 1e15 }), (value) => {
        const rounded = significant(value);
        expect(Math.abs(rounded - value)).toBeLessThanOrEqual(Math.abs(value) * 5.01e-4);
      }),
    );
  });
});

describe('metrics that are asked for', () => {
  const names = (metrics: WantedMetric[]): string[] =>
    metrics.map(({ metric, stat, period }) => `${metric} ${stat} ${period}`);

  it('of an instance are CPU and network, and memory only where the agent reports it', () => {
    const instance = instanceResource(scope, anInstance({ id: 'i-1' }));
    const dimensions = { InstanceId: 'i-1', ImageId: 'ami-1' };
    expect(names(wantedMetrics(instance, 14, new Map()))).toEqual([
      'CPUUtilization Maximum 300',
      'NetworkIn Sum 3600',
      'NetworkOut Sum 3600',
    ]);
    const withMemory = wantedMetrics(instance, 14, new Map([['i-1', dimensions]]));
    expect(withMemory.at(-1)).toMatchObject({ namespace: 'CWAgent', metric: 'mem_used_percent', dimensions });
  });

  it('of a volume are none while it is unattached, and finer where gp3 must carry its peaks', () => {
    const volume = (given: object) => volumeResource(scope, aVolume({ id: 'v', ...given }));
    expect(wantedMetrics(volume({}), 14, new Map())).toEqual([]);
    const periods = (volumeType: string) =>
      wantedMetrics(volume({ attachedTo: ['i'], volumeType }), 14, new Map()).map(({ period }) => period);
    expect(periods('gp2')).toEqual([300, 300, 300, 300]);
    expect(periods('gp3')).toEqual([3600, 3600, 3600, 3600]);
  });

  it('of a load balancer go by its kind, with its target groups', () => {
    const arn = 'arn:aws:elasticloadbalancing:eu-west-1:1:loadbalancer/net/edge/abc';
    const targetGroups = [
      {
        arn: 'arn:aws:elasticloadbalancing:eu-west-1:1:targetgroup/t/1',
        registeredTargets: 1,
        healthyTargets: 1,
      },
    ];
    const found = wantedMetrics(
      loadBalancerResource(scope, aLoadBalancer({ arn, type: 'network', targetGroups })),
      14,
      new Map(),
    );
    expect(found.map(({ namespace, metric, dimensions }) => [namespace, metric, dimensions])).toEqual([
      ['AWS/NetworkELB', 'NewFlowCount', { LoadBalancer: 'net/edge/abc' }],
      [
        'AWS/NetworkELB',
        'HealthyHostCount',
        { LoadBalancer: 'net/edge/abc', TargetGroup: 'targetgroup/t/1' },
      ],
    ]);
  });
});

describe('resources', () => {
  it('know when an instance was stopped from EC2’s own words', () => {
    expect(stoppedAt('User initiated (2026-10-01 04:05:06 GMT)')).toBe('2026-10-01T04:05:06.000Z');
    expect(stoppedAt('')).toBeUndefined();
  });

  it('carry ARNs of their partition', () => {
    const arn = (region: string) => instanceResource({ accountId: '1', region }, anInstance({ id: 'i' })).arn;
    expect(arn('cn-north-1')).toBe('arn:aws-cn:ec2:cn-north-1:1:instance/i');
    expect(arn('us-gov-east-1')).toBe('arn:aws-us-gov:ec2:us-gov-east-1:1:instance/i');
  });
});
