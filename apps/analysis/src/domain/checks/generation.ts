import type { InstanceTypeSpec, ResourceOf } from '@trimtab/contracts';
import { approximate } from '@trimtab/kernel';
import type { Verdict } from '../check.js';
import { clean, defineCheck, found, undecided } from '../check.js';
import type { Facts } from '../facts.js';
import { carries, changeSaving, demandOf } from './right-sizing.js';

type Instance = ResourceOf<'ec2:instance'>;

/** Successors of previous generations with the same architecture, by family. */
const SUCCESSORS: Readonly<Record<string, readonly string[]>> = {
  t2: ['t3', 't3a'],
  m4: ['m5', 'm6i', 'm7i'],
  c4: ['c5', 'c6i'],
  r4: ['r5', 'r6i', 'r7i'],
};

/** Previous generation whose successor of the same size costs less. */
export const previousGeneration = defineCheck({
  id: 'EC2-07',
  title: 'Move the instance to the current generation',
  resourceType: 'ec2:instance',
  risk: 'M',
  rank: 'type',
  limits: { quantile: 0.995, headroom: 1.2, minimumAgeDays: 14 },
  concerns: ({ attributes }: Instance, facts, limits) =>
    attributes.state === 'running' &&
    successorsOf(attributes.instanceType).length > 0 &&
    facts.ageDays(attributes.launchedAt) >= limits.minimumAgeDays,
  judge(instance: Instance, facts, limits): Verdict {
    const { instanceType } = instance.attributes;
    const current = facts.instanceType(instanceType);
    if (!current) return undecided(`the specification of ${instanceType} is not known`);
    const demand = demandOf(instance, current, facts, limits);
    if (!demand) return undecided('too few datapoints of CPU');
    const target = successorsOf(instanceType)
      .flatMap((name) => facts.instanceType(name) ?? [])
      .filter((type) => noSmaller(type, current) || carries(type, current, demand))
      .sort((a, b) => listPrice(a, instance, facts) - listPrice(b, instance, facts))[0];
    const saving = target && changeSaving(instance, target.instanceType, facts);
    if (!target || !saving || approximate(saving.list) <= 0) return clean;
    return found({
      action: { kind: 'ec2.resize-instance', parameters: { instanceType: target.instanceType } },
      saving,
      evidence: [
        { kind: 'attribute', name: 'from', value: `${instanceType}, ${current.hypervisor}` },
        { kind: 'attribute', name: 'to', value: `${target.instanceType}, ${target.hypervisor}` },
      ],
      notes:
        current.hypervisor === target.hypervisor
          ? []
          : ['The image needs ENA and NVMe drivers (xen to nitro).'],
    });
  },
});

/** The same size in every succeeding family. */
function successorsOf(instanceType: string): string[] {
  const [family = '', size = ''] = instanceType.split('.');
  return (SUCCESSORS[family] ?? []).map((name) => `${name}.${size}`);
}

const noSmaller = (type: InstanceTypeSpec, current: InstanceTypeSpec): boolean =>
  type.vcpu >= current.vcpu && type.memoryMiB >= current.memoryMiB;

const listPrice = (type: InstanceTypeSpec, instance: Instance, facts: Facts): number =>
  approximate(
    facts.prices.instance(instance.region, type.instanceType) ?? { amount: 'Infinity', currency: '' },
  );
