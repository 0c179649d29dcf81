import { placeIn, regionCode, spread } from './company.js';
import type { Place } from './company.js';
import type { Draft } from './draft.js';
import { addInstance } from './instances.js';
import type { Random } from './random.js';
import type { UsageProfile } from './world.js';

const CLEAN_COUNT = 118;

interface Kind {
  readonly weight: number;
  readonly types: readonly string[];
  readonly usage: (rnd: Random) => UsageProfile;
  readonly memory: 'always' | 'sometimes';
}

/**
 * Ordinary machines are well used: even with 20 % headroom on the peak no cheaper type fits. Graviton types run
 * hotter because the generation before them is cheaper at the same size; burstable ones are bound by memory and
 * stay under their CPU baseline.
 */
const KINDS: readonly Kind[] = [
  { weight: 20, types: ['m5.large', 'm5.xlarge', 'm5.2xlarge'], usage: steady, memory: 'sometimes' },
  { weight: 16, types: ['m6i.large', 'm6i.xlarge', 'm6i.2xlarge'], usage: steady, memory: 'sometimes' },
  { weight: 14, types: ['c5.large', 'c5.xlarge', 'c5.2xlarge'], usage: steady, memory: 'sometimes' },
  { weight: 10, types: ['c6i.xlarge', 'c6i.2xlarge', 'c6i.4xlarge'], usage: steady, memory: 'sometimes' },
  { weight: 8, types: ['r5.large', 'r5.xlarge', 'r5.2xlarge'], usage: steady, memory: 'always' },
  { weight: 8, types: ['r6i.large', 'r6i.xlarge', 'r6i.4xlarge'], usage: steady, memory: 'always' },
  { weight: 14, types: ['m7g.large', 'm7g.xlarge', 'm7g.2xlarge'], usage: hot, memory: 'sometimes' },
  {
    weight: 10,
    types: ['t3a.medium', 't3a.large', 't4g.medium', 't4g.small'],
    usage: light,
    memory: 'always',
  },
];

export function addFleet(draft: Draft): void {
  const rnd = draft.random.fork('fleet');
  spread(CLEAN_COUNT).forEach((scope, index) => {
    const place = placeIn(rnd, scope);
    const kind = weighted(rnd);
    addInstance(draft, rnd, {
      place,
      type: rnd.pick(kind.types),
      usage: withMemory(rnd, kind),
      ageDays: rnd.whole(25, 400),
      tags: { Name: `${place.service.service}-${index}`, ...ownership(rnd, place, index) },
      dataVolumeGiB: rnd.chance(0.46) ? rnd.pick([100, 150, 200, 300, 500]) : undefined,
    });
  });
}

function weighted(rnd: Random): Kind {
  let rest = rnd.between(0, 100);
  return KINDS.find((kind) => (rest -= kind.weight) < 0) ?? (KINDS[0] as Kind);
}

function withMemory(rnd: Random, kind: Kind): UsageProfile {
  const usage = kind.usage(rnd);
  if (kind.memory === 'sometimes' && rnd.chance(0.4)) return usage;
  return { ...usage, memory: { base: rnd.between(0.55, 0.6), peak: rnd.between(0.66, 0.74) } };
}

export function steady(rnd: Random): UsageProfile {
  return {
    base: rnd.between(0.45, 0.5),
    peak: rnd.between(0.72, 0.8),
    daily: true,
    weekly: rnd.chance(0.7),
    noise: 0.03,
    networkPeak: rnd.between(2e6, 12e6),
  };
}

export function hot(rnd: Random): UsageProfile {
  return { ...steady(rnd), base: rnd.between(0.55, 0.6), peak: rnd.between(0.9, 0.93), weekly: false };
}

export function light(rnd: Random): UsageProfile {
  return { ...steady(rnd), base: 0.05, peak: rnd.between(0.25, 0.3), weekly: true, networkPeak: 4e5 };
}

/** The tags that Auto Scaling, EKS and CloudFormation put on what they own. */
function ownership(rnd: Random, place: Place, index: number): Record<string, string> {
  const name = `${place.service.service}-${place.env}-${regionCode(place.scope.region)}`;
  const draw = rnd.next();
  if (draw < 0.22) return { 'aws:autoscaling:groupName': `${name}-asg` };
  if (draw < 0.36) return eksNode(place);
  if (draw < 0.48) return { 'aws:cloudformation:stack-name': `${name}-stack-${index % 3}` };
  return {};
}

function eksNode(place: Place): Record<string, string> {
  const cluster = `shop-${place.env}-${regionCode(place.scope.region)}`;
  return {
    [`kubernetes.io/cluster/${cluster}`]: 'owned',
    'eks:cluster-name': cluster,
    'eks:nodegroup-name': `${cluster}-general`,
    'aws:autoscaling:groupName': `eks-${cluster}-general`,
  };
}
