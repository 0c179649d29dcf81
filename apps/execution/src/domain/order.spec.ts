import { describe, expect, it } from '@jest/globals';
import type { PlannedAction } from '@trimtab/contracts';
import { bySite, earlierOnTheSame } from './order.js';

const here = ['111122223333', 'eu-west-1'] as const;
const there = ['444455556666', 'us-east-1'] as const;
const action = (
  id: string,
  facts: Record<string, unknown> = {},
  [accountId, region]: readonly [string, string] = here,
): PlannedAction =>
  ({
    id: `${id} ${region}`,
    resource: { id, accountId, region },
    preconditions: facts,
  }) as unknown as PlannedAction;
const idsOf = (actions: readonly PlannedAction[]): string[] => actions.map(({ resource }) => resource.id);

describe('actions of a plan', () => {
  it('are grouped by account and region, in the order of the plan', () => {
    const plan = [action('i-1'), action('i-2', {}, there), action('vol-1'), action('i-1', {}, there)];
    expect(bySite(plan).map(idsOf)).toEqual([
      ['i-1', 'vol-1'],
      ['i-2', 'i-1'],
    ]);
    expect([...earlierOnTheSame(plan).values()]).toEqual([[], [], [], []]);
  });

  it('on a volume, its instance, its address and its snapshot follow one another', () => {
    const plan = [
      action('snap-1', { volumeId: 'vol-1' }),
      action('i-2'),
      action('eip-1', { instanceId: 'i-1' }),
      action('vol-1', { attachedTo: ['i-1'] }),
      action('i-1'),
    ];
    const earlier = earlierOnTheSame(plan);
    const names = plan.map(({ id }) => (earlier.get(id) ?? []).map((one) => one.split(' ')[0]));
    expect(names).toEqual([[], [], [], ['snap-1', 'eip-1'], ['vol-1']]);
  });
});
