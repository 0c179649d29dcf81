import type { ResourceOf } from '@trimtab/contracts';
import type { Verdict } from '../../apps/analysis/src/domain/check.js';
import { clean, defineCheck, found, undecided } from '../../apps/analysis/src/domain/check.js';
import { removed, savingOf } from '../../apps/analysis/src/domain/usage.js';

/** Detailed monitoring outside production: basic monitoring (five minutes) costs nothing. */
export const detailedMonitoring = defineCheck({
  id: 'EC2-11',
  title: 'Turn detailed monitoring off outside production',
  resourceType: 'ec2:instance',
  risk: 'L',
  rank: 'independent',
  /** Metrics that an instance with detailed monitoring is charged for. */
  limits: { metrics: 7 },
  concerns: (instance) => instance.attributes.detailedMonitoring,
  judge(instance: ResourceOf<'ec2:instance'>, facts, limits): Verdict {
    const environment = instance.tags['environment'] ?? instance.tags['env'];
    if (environment === undefined) return undecided('no tag says which environment the instance is of');
    if (/^prod/i.test(environment)) return clean;
    const price = facts.prices.price('AmazonCloudWatch', instance.region, 'CW:MetricMonitorUsage');
    if (!price) return undecided('no list price of a CloudWatch metric');
    const usage = removed('CW:MetricMonitorUsage', limits.metrics, 'metrics', price);
    return found({
      action: { kind: 'advice', parameters: { operation: 'UnmonitorInstances' } },
      saving: savingOf([usage], instance, facts.rates),
      evidence: [
        { kind: 'attribute', name: 'detailed monitoring', value: true },
        { kind: 'attribute', name: 'environment', value: environment },
      ],
    });
  },
});
