import type { ResourceOf } from '@trimtab/contracts';
import { HOURS_PER_MONTH } from '@trimtab/kernel';
import type { Verdict } from '../check.js';
import { clean, defineCheck, found, undecided } from '../check.js';
import type { Facts } from '../facts.js';
import { complete, dailySums, highest, metricEvidence, reading } from '../metric-reading.js';
import type { Saving } from '../usage.js';
import { combined, removed, savingOf } from '../usage.js';
import { volumeLines } from './volume-cost.js';

type Instance = ResourceOf<'ec2:instance'>;

/** Idle instance: AWS Compute Optimizer's rule for idle EC2 instances. */
export const idleInstance = defineCheck({
  id: 'EC2-01',
  title: 'Stop the idle instance',
  resourceType: 'ec2:instance',
  risk: 'M',
  rank: 'stop',
  limits: { cpuPercent: 5, networkBytesPerDay: 5_000_000, minimumAgeDays: 14 },
  concerns: ({ attributes }: Instance, facts, limits) =>
    attributes.state === 'running' && facts.ageDays(attributes.launchedAt) >= limits.minimumAgeDays,
  judge(instance: Instance, facts, limits): Verdict {
    const { instanceType, rootDeviceType } = instance.attributes;
    const cpu = reading(instance, 'CPUUtilization', 'Maximum');
    const network = dailySums(instance, ['NetworkIn', 'NetworkOut']);
    if (!complete(cpu) || !network?.length) return undecided('too few datapoints of CPU or network');
    const busiest = highest(network);
    if (highest(cpu.values) >= limits.cpuPercent || busiest >= limits.networkBytesPerDay) return clean;
    // Stopping loses instance-store data, so an instance without an EBS root is left to people.
    const stoppable = rootDeviceType === 'ebs';
    const price = facts.prices.instance(instance.region, instanceType);
    if (!price) return undecided(`no list price of ${instanceType}`);
    return found({
      action: stoppable ? { kind: 'ec2.stop-instance', parameters: {} } : { kind: 'advice', parameters: {} },
      saving: savingOf(
        [removed(`BoxUsage:${instanceType}`, HOURS_PER_MONTH, 'h', price)],
        instance,
        facts.rates,
      ),
      evidence: [
        metricEvidence(cpu, 'highest 5-minute CPU', highest(cpu.values), limits.cpuPercent),
        {
          kind: 'metric',
          name: 'busiest day, network in and out',
          value: Math.round(busiest),
          unit: 'Bytes',
          threshold: limits.networkBytesPerDay,
        },
        { kind: 'attribute', name: 'instance type', value: instanceType },
      ],
      notes: stoppable
        ? ['The public IP changes unless it is an Elastic IP.']
        : ['The root device is an instance store: stopping would lose it.'],
    });
  },
});

/** Instance stopped for long: its volumes and addresses still cost (Trusted Advisor c18d2gz150). */
export const stoppedInstance = defineCheck({
  id: 'EC2-05',
  title: 'Image and terminate the long-stopped instance',
  resourceType: 'ec2:instance',
  risk: 'H',
  rank: 'delete',
  limits: { stoppedDays: 30 },
  judge(instance: Instance, facts, limits): Verdict {
    const { state, stoppedAt } = instance.attributes;
    if (state !== 'stopped') return clean;
    if (!stoppedAt) return undecided('the time of the stop is not known');
    const days = facts.ageDays(stoppedAt);
    if (days <= limits.stoppedDays) return clean;
    return found({
      action: { kind: 'ec2.terminate-instance', parameters: { createImage: true } },
      saving: combined(attachedCosts(instance, facts), facts.currency),
      evidence: [
        {
          kind: 'age',
          name: 'stopped for',
          value: Math.floor(days),
          unit: 'days',
          threshold: limits.stoppedDays,
        },
        { kind: 'attribute', name: 'volumes', value: instance.attributes.volumeIds.join(', ') || 'none' },
      ],
      notes: [
        'An image is made first; its snapshots cost less than the volumes. The id and private address do not come back.',
      ],
    });
  },
});

/** What a stopped instance still costs: its volumes, less the snapshots of the image, and its addresses. */
function attachedCosts(instance: Instance, facts: Facts): Saving[] {
  const volumes = instance.attributes.volumeIds.flatMap(
    (id) => facts.find('ec2:volume', instance.accountId, id) ?? [],
  );
  const disks = volumes.map((volume) =>
    savingOf(volumeLines(volume, facts.prices, { lessSnapshot: true }), volume, facts.rates),
  );
  const price = facts.prices.price('AmazonVPC', instance.region, 'PublicIPv4:InUseAddress');
  const addresses = facts
    .all('ec2:elastic-ip')
    .filter((one) => one.accountId === instance.accountId && one.attributes.instanceId === instance.id);
  const idle = price
    ? addresses.map((one) =>
        savingOf([removed('PublicIPv4:InUseAddress', HOURS_PER_MONTH, 'h', price)], one, facts.rates),
      )
    : [];
  return [...disks, ...idle];
}
