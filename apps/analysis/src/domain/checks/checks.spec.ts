import { describe, expect, it } from '@jest/globals';
import { Settings } from '@trimtab/contracts';
import type { Resource } from '@trimtab/contracts';
import { recommend } from '../recommend.js';
import {
  bucket,
  database,
  daysAgo,
  factsOf,
  instance,
  lambda,
  logGroup,
  address,
  balancer,
  rate,
  series,
  snapshot,
  volume,
} from './fixtures.js';
import { catalogue } from './index.js';

const settings = Settings.parse({
  cloud: { accounts: [{ id: '1', name: 'a' }], regions: ['us-east-1'] },
}).optimization;
const found = (...resources: Resource[]) =>
  recommend(catalogue, factsOf(resources), settings).recommendations;
const checks = (...resources: Resource[]): string[] => found(...resources).map((one) => one.checkId);
const idleCpu = [
  series('CPUUtilization', 'Maximum', 2),
  series('NetworkIn', 'Sum', 1_000, 3600),
  series('NetworkOut', 'Sum', 1_000, 3600),
];

describe('idle instances (EC2-01)', () => {
  it('are found with the saving of a whole month', () => {
    const [one] = found(instance({ metrics: idleCpu }));
    expect(one).toMatchObject({
      checkId: 'EC2-01',
      risk: 'M',
      monthlySavingsList: { amount: '140.16', currency: 'USD' },
    });
    expect(one?.evidence[0]).toMatchObject({
      value: 2,
      threshold: 5,
      datapoints: { present: 4032, expected: 4032 },
    });
  });

  it('are not found when one five-minute point reaches the threshold', () => {
    const cpu = series('CPUUtilization', 'Maximum', 2);
    cpu.values[2000] = 5;
    expect(checks(instance({ metrics: [cpu, ...idleCpu.slice(1)] }))).not.toContain('EC2-01');
  });

  it('are undecided, not idle, when datapoints are missing', () => {
    const cpu = series('CPUUtilization', 'Maximum', 2);
    cpu.values.fill(null, 0, 1000);
    const { recommendations, undecided } = recommend(
      catalogue,
      factsOf([instance({ metrics: [cpu, ...idleCpu.slice(1)] })]),
      settings,
    );
    expect(recommendations).toEqual([]);
    expect(undecided).toContainEqual({
      checkId: 'EC2-01',
      resources: 1,
      reason: 'too few datapoints of CPU or network',
    });
  });

  it('are left alone when exempt, owned by a group or too young', () => {
    expect(checks(instance({ metrics: idleCpu, tags: { 'finops:exempt': 'true' } }))).toEqual([]);
    expect(checks(instance({ metrics: idleCpu, tags: { 'finops:exempt': 'until=2026-12-31' } }))).toEqual([]);
    expect(checks(instance({ metrics: idleCpu, tags: { 'finops:exempt': 'until=2026-01-31' } }))).toEqual([
      'EC2-01',
    ]);
    expect(checks(instance({ metrics: idleCpu, tags: { 'aws:autoscaling:groupName': 'web' } }))).toEqual([]);
    expect(checks(instance({ metrics: idleCpu, launchedAt: daysAgo(5) }))).toEqual([]);
  });

  it('save net what the bill says, not what the list says', () => {
    const facts = factsOf([instance({ metrics: idleCpu })], [rate('BoxUsage:m5.xlarge', '0.12')]);
    const [one] = recommend(catalogue, facts, settings).recommendations;
    expect(one).toMatchObject({
      rateSource: 'bill',
      monthlySavingsNet: { amount: '87.60' },
      monthlySavingsList: { amount: '140.16' },
    });
  });
});

describe('rates of a bill', () => {
  it('are those of the service itself where another one has a usage type of the same name', () => {
    const uploads = [{ initiatedAt: daysAgo(30), bytes: 1000 * 1024 ** 3 }];
    const bill = [
      rate('TimedStorage-ByteHrs', '0.25', 'Amazon DynamoDB'),
      rate('TimedStorage-ByteHrs', '0.02', 'Amazon Simple Storage Service'),
    ];
    const facts = factsOf([bucket({ lifecycleRules: [], incompleteUploads: uploads })], bill);
    const [one] = recommend(catalogue, facts, settings).recommendations;
    expect(one?.formula).toContain('× 0.02 USD (list 0.023 USD)');
  });
});

describe('right-sizing (EC2-04)', () => {
  const load = (cpu: number, memory?: number) => [
    series('CPUUtilization', 'Maximum', cpu),
    series('NetworkIn', 'Sum', 1e9, 3600),
    series('NetworkOut', 'Sum', 1e9, 3600),
    ...(memory === undefined ? [] : [series('mem_used_percent', 'Maximum', memory)]),
  ];

  it('takes the cheapest type that carries CPU and memory with headroom', () => {
    const [one] = found(instance({ metrics: load(30, 20) }));
    expect(one).toMatchObject({
      checkId: 'EC2-04',
      action: { parameters: { instanceType: 'm5.large' } },
      confidence: 'high',
    });
  });

  it('never takes memory away that is not measured', () => {
    expect(checks(instance({ metrics: load(30) }))).toEqual([]);
  });

  it('keeps an instance whose demand with headroom fills it', () => {
    expect(checks(instance({ metrics: load(45, 20) }))).toEqual([]);
  });

  it.each([
    ['little is asked of its volume', 2_900, 50, ['EC2-04']],
    ['the smaller type has too few operations', 3_100, 50, []],
    ['the smaller type has too little throughput', 100, 70, []],
  ])('looks at its volumes: %s', (_what, iops, megabytes, expected) => {
    const rates = [
      series('VolumeReadOps', 'Sum', iops * 3600, 3600),
      series('VolumeWriteOps', 'Sum', 0, 3600),
      series('VolumeReadBytes', 'Sum', megabytes * 1e6 * 3600, 3600),
      series('VolumeWriteBytes', 'Sum', 0, 3600),
    ];
    const disk = volume({ volumeType: 'gp3', attachedTo: ['i-1'], metrics: rates });
    expect(checks(instance({ metrics: load(30, 20), volumeIds: [disk.id] }), disk)).toEqual(expected);
  });

  it('never takes away the connection to volumes that are not measured', () => {
    const disk = volume({ volumeType: 'gp3', attachedTo: ['i-1'] });
    expect(checks(instance({ metrics: load(30, 20), volumeIds: [disk.id] }), disk)).toEqual([]);
  });
});

describe('volumes and addresses', () => {
  it('unattached for 32 days are found, less their snapshot', () => {
    const [one] = found(
      volume({ state: 'available', attachedTo: [], detachedAt: daysAgo(33), volumeType: 'gp3' }),
    );
    expect(one).toMatchObject({ checkId: 'EBS-01', risk: 'H', monthlySavingsList: { amount: '3.00' } });
    expect(
      checks(volume({ state: 'available', attachedTo: [], detachedAt: daysAgo(31), volumeType: 'gp3' })),
    ).toEqual([]);
  });

  it('of gp2 keep the performance of gp2 when nothing was measured', () => {
    const [one] = found(volume({ volumeType: 'gp2', sizeGiB: 2000 }));
    expect(one).toMatchObject({
      checkId: 'EBS-02',
      risk: 'L',
      action: { parameters: { iops: 6000, throughputMiBps: 250 } },
    });
    expect(one?.monthlySavingsList.amount).toBe('20.00');
  });

  it('belong to the instance that is terminated with them', () => {
    const disk = volume({ volumeType: 'gp2', sizeGiB: 500, attachedTo: ['i-1'] });
    const stopped = instance({ state: 'stopped', stoppedAt: daysAgo(40), volumeIds: [disk.id] });
    const all = found(stopped, disk);
    expect(all.map((one) => one.checkId)).toEqual(['EC2-05']);
    expect(all[0]?.monthlySavingsList.amount).toBe('25.00');
  });

  it('addresses count as idle only without an association', () => {
    expect(checks(address({ idleSince: daysAgo(8) }))).toEqual(['NET-01']);
    expect(checks(address({ idleSince: daysAgo(6) }))).toEqual([]);
    expect(checks(address({ associationId: 'eipassoc-1' }))).toEqual([]);
  });

  it('snapshots are orphans only where volumes were read', () => {
    expect(checks(snapshot({}), volume({ volumeType: 'gp3' }))).toEqual(['SNP-02']);
    expect(checks(snapshot({}))).toEqual([]);
    expect(checks(snapshot({ imageIds: ['ami-1'] }), volume({ volumeType: 'gp3' }))).toEqual([]);
  });
});

describe('other services', () => {
  it('finds a database without connections but not its replica', () => {
    const quiet = [series('DatabaseConnections', 'Maximum', 0, 3600)];
    expect(checks(database({ metrics: quiet }))).toEqual(['RDS-01']);
    expect(checks(database({ metrics: quiet, readReplicaSource: 'other' }))).toEqual([]);
    expect(checks(database({ metrics: [series('DatabaseConnections', 'Maximum', 1, 3600)] }))).toEqual([]);
  });

  it('finds functions without calls, and none whose calls were not read', () => {
    const empty = { ...series('Invocations', 'Sum', 0, 86_400, 30), values: Array<null>(30).fill(null) };
    expect(checks(lambda({ metrics: [empty] }))).toEqual(['LAM-04']);
    expect(checks(lambda({ metrics: [] }))).toEqual([]);
  });

  it('finds buckets without lifecycle and with forgotten uploads', () => {
    const uploads = [{ initiatedAt: daysAgo(20), bytes: 100e9 }];
    const tidy = [{ Status: 'Enabled', AbortIncompleteMultipartUpload: { DaysAfterInitiation: 7 } }];
    expect(checks(bucket({}))).toEqual(['S3-01']);
    expect(found(bucket({ lifecycleRules: [], incompleteUploads: uploads }))[0]).toMatchObject({
      checkId: 'S3-02',
      monthlySavingsNet: { amount: '2.30' },
    });
    expect(checks(bucket({ lifecycleRules: tidy, incompleteUploads: uploads }))).toEqual([]);
  });

  it('finds load balancers without targets and log groups without end', () => {
    expect(checks(balancer({ targetGroups: [] }))).toEqual(['ELB-01']);
    expect(
      checks(balancer({ targetGroups: [{ arn: 't', registeredTargets: 1, healthyTargets: 0 }] })),
    ).toEqual([]);
    expect(checks(logGroup({ storedBytes: 50e9 }))).toEqual(['CW-01']);
    expect(checks(logGroup({ storedBytes: 50e9, retentionInDays: 30 }))).toEqual([]);
  });
});

describe('configuration', () => {
  it('overrides thresholds per check and per region', () => {
    const young = volume({ state: 'available', attachedTo: [], detachedAt: daysAgo(20), volumeType: 'gp3' });
    const lower = { ...settings, thresholds: { 'EBS-01': { unattachedDays: 14 } } };
    const higher = { ...lower, regions: { 'us-east-1': { 'EBS-01': { unattachedDays: 60 } } } };
    expect(recommend(catalogue, factsOf([young]), lower).recommendations).toHaveLength(1);
    expect(recommend(catalogue, factsOf([young]), higher).recommendations).toHaveLength(0);
  });

  it('refuses what no check has', () => {
    const wrong = { ...settings, thresholds: { 'EBS-01': { unatachedDays: 14 }, 'EBS-99': {} } };
    expect(() => recommend(catalogue, factsOf([]), wrong)).toThrow('EBS-99, EBS-01.unatachedDays');
  });

  it('switches a check off', () => {
    const off = { ...settings, disabledChecks: ['CW-01'] };
    expect(recommend(catalogue, factsOf([logGroup({ storedBytes: 1 })]), off).recommendations).toEqual([]);
  });
});
