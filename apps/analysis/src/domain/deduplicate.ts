import type { Recommendation } from '@trimtab/contracts';
import { approximate } from '@trimtab/kernel';
import type { Rank } from './check.js';
import type { Facts } from './facts.js';
import type { Candidate } from './recommend.js';

const ORDER: Readonly<Record<Exclude<Rank, 'independent'>, number>> = {
  delete: 0,
  stop: 1,
  'right-size': 2,
  type: 3,
};

/**
 * One finding per resource where findings exclude each other: the largest net saving (the rule of Cost Optimization
 * Hub), and of equal ones the one that leaves less behind. What a deleted parent owns is already in the parent's saving.
 */
export function deduplicate(candidates: readonly Candidate[], facts: Facts): Recommendation[] {
  const owned = ownedByDeleted(candidates, facts);
  const groups = new Map<string, Candidate[]>();
  for (const candidate of candidates) {
    if (owned.has(candidate.resource.arn)) continue;
    const independent = candidate.check.rank === 'independent' ? candidate.check.id : '';
    const key = `${candidate.resource.arn}|${independent}`;
    groups.set(key, [...(groups.get(key) ?? []), candidate]);
  }
  return [...groups.values()].map(winner);
}

function winner(group: readonly Candidate[]): Recommendation {
  const [best, ...rest] = [...group].sort(better);
  if (!best) throw new RangeError('a group has at least one candidate');
  const supersedes = rest.map(({ recommendation: { checkId, monthlySavingsNet } }) => ({
    checkId,
    monthlySavingsNet,
  }));
  return { ...best.recommendation, supersedes };
}

function better(a: Candidate, b: Candidate): number {
  const gain =
    approximate(b.recommendation.monthlySavingsNet) - approximate(a.recommendation.monthlySavingsNet);
  return gain || order(a) - order(b) || (a.check.id < b.check.id ? -1 : 1);
}

const order = ({ check: { rank } }: Candidate): number => (rank === 'independent' ? 4 : ORDER[rank]);

/** Volumes and addresses of instances that are terminated. */
function ownedByDeleted(candidates: readonly Candidate[], facts: Facts): Set<string> {
  const arns = new Set<string>();
  for (const { check, resource } of candidates) {
    if (check.rank !== 'delete' || resource.type !== 'ec2:instance') continue;
    const { accountId } = resource;
    for (const id of resource.attributes.volumeIds) {
      const volume = facts.find('ec2:volume', accountId, id);
      if (volume) arns.add(volume.arn);
    }
    for (const address of facts.all('ec2:elastic-ip')) {
      if (address.accountId === accountId && address.attributes.instanceId === resource.id)
        arns.add(address.arn);
    }
  }
  return arns;
}
