import type { ResourceOf } from '@trimtab/contracts';
import { HOURS_PER_MONTH } from '@trimtab/kernel';
import type { Verdict } from '../check.js';
import { clean, defineCheck, found, undecided } from '../check.js';
import { reading, total } from '../metric-reading.js';
import { removed, savingOf } from '../usage.js';

/** Function that nobody called; Lambda reports no datapoint without a call, so age proves that it was there. */
export const unusedFunction = defineCheck({
  id: 'LAM-04',
  title: 'Quarantine the unused function',
  resourceType: 'lambda:function',
  risk: 'M',
  rank: 'stop',
  limits: { unusedDays: 30 },
  judge(lambda: ResourceOf<'lambda:function'>, facts, limits): Verdict {
    const { lastModifiedAt, reservedConcurrency } = lambda.attributes;
    if (reservedConcurrency === 0 || facts.ageDays(lastModifiedAt) < limits.unusedDays) return clean;
    const calls = reading(lambda, 'Invocations', 'Sum');
    if (!calls || calls.expected * calls.period < limits.unusedDays * 86_400 * 0.9)
      return undecided('the look-back of invocations is too short');
    if (total(calls.values) > 0) return clean;
    return found({
      action: { kind: 'lambda.reserve-zero-concurrency', parameters: {} },
      saving: savingOf([], lambda, facts.rates),
      evidence: [
        {
          kind: 'metric',
          name: 'invocations',
          value: 0,
          threshold: 0,
          period: { start: calls.start, end: calls.end },
        },
        {
          kind: 'age',
          name: 'last modified',
          value: Math.floor(facts.ageDays(lastModifiedAt)),
          unit: 'days',
          threshold: limits.unusedDays,
        },
      ],
      notes: ['An uncalled function costs nearly nothing: the gain is less to maintain and to secure.'],
    });
  },
});

const PRODUCT: Readonly<Record<string, string>> = {
  application: 'Application',
  network: 'Network',
  gateway: 'Gateway',
};

/** Load balancer that sends traffic nowhere. */
export const emptyLoadBalancer = defineCheck({
  id: 'ELB-01',
  title: 'Delete the load balancer without targets',
  resourceType: 'elasticloadbalancing:loadbalancer',
  risk: 'M',
  rank: 'delete',
  limits: { minimumAgeDays: 7 },
  judge(balancer: ResourceOf<'elasticloadbalancing:loadbalancer'>, facts, limits): Verdict {
    const { targetGroups, type } = balancer.attributes;
    const targets = targetGroups.reduce((sum, group) => sum + group.registeredTargets, 0);
    if (targets > 0 || !balancer.createdAt) return clean;
    const days = facts.ageDays(balancer.createdAt);
    if (days < limits.minimumAgeDays) return clean;
    const operation = `LoadBalancing:${PRODUCT[type] ?? type}`;
    const price = facts.prices.price('AWSELB', balancer.region, 'LoadBalancerUsage', { operation });
    if (!price) return undecided(`no list price of ${type} load balancers`);
    return found({
      action: { kind: 'elb.delete-load-balancer', parameters: {} },
      saving: savingOf([removed('LoadBalancerUsage', HOURS_PER_MONTH, 'h', price)], balancer, facts.rates),
      evidence: [
        { kind: 'attribute', name: 'registered targets', value: targets, threshold: 0 },
        { kind: 'attribute', name: 'target groups', value: targetGroups.length },
        { kind: 'age', name: 'age', value: Math.floor(days), unit: 'days', threshold: limits.minimumAgeDays },
      ],
      notes: ['The DNS name does not come back: a new load balancer has another one.'],
    });
  },
});

const GB = 1e9;

/** Log group that keeps everything for ever. */
export const unboundedLogGroup = defineCheck({
  id: 'CW-01',
  title: 'Give the log group a retention',
  resourceType: 'logs:log-group',
  risk: 'H',
  rank: 'independent',
  limits: { retentionDays: 90, productionRetentionDays: 365 },
  judge(group: ResourceOf<'logs:log-group'>, facts, limits): Verdict {
    const { retentionInDays, storedBytes } = group.attributes;
    if (retentionInDays !== undefined || storedBytes <= 0) return clean;
    const days = /^prod/i.test(group.tags['env'] ?? '')
      ? limits.productionRetentionDays
      : limits.retentionDays;
    const older = olderThan(group, days);
    const price = facts.prices.price('AmazonCloudWatch', group.region, 'TimedStorage-ByteHrs');
    if (!price) return undecided('no list price of log storage');
    return found({
      action: { kind: 'logs.put-retention', parameters: { retentionInDays: days } },
      saving: savingOf(
        [removed('TimedStorage-ByteHrs', Number((older / GB).toFixed(3)), 'GB-Mo', price)],
        group,
        facts.rates,
      ),
      evidence: [
        { kind: 'attribute', name: 'stored', value: Number((storedBytes / GB).toFixed(3)), unit: 'GB' },
        { kind: 'attribute', name: 'retention', value: 'never expires', threshold: `${days} days` },
        {
          kind: 'attribute',
          name: 'estimated older than the retention',
          value: Number((older / GB).toFixed(3)),
          unit: 'GB',
        },
      ],
      confidence: 'medium',
      notes: ['Events older than the retention are lost: export them first when they must be kept.'],
    });
  },
});

/** CloudWatch stores logs compressed to about 15 % of what comes in. */
const COMPRESSION = 0.15;

/** What is older than the retention: everything stored, less what the newest days brought in. */
function olderThan(group: ResourceOf<'logs:log-group'>, days: number): number {
  const incoming = reading(group, 'IncomingBytes', 'Sum');
  const perDay = incoming?.values.length
    ? (total(incoming.values) / incoming.values.length) * (86_400 / incoming.period)
    : 0;
  return Math.max(0, group.attributes.storedBytes - perDay * COMPRESSION * days);
}
