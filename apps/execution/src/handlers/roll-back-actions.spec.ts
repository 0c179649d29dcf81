import { beforeEach, describe, expect, it } from '@jest/globals';
import { anInstance } from '@trimtab/cloud/testing';
import type { MemoryScope } from '@trimtab/cloud/testing';
import { crash, setUp } from '../../test/bench.js';
import { arrange, examples } from '../../test/examples.js';
import type { Example } from '../../test/examples.js';

let bench: ReturnType<typeof setUp>;
beforeEach(() => {
  bench = setUp();
});

describe('a rollback', () => {
  it.each(examples)('of $kind leaves what was there before, once, or says why it cannot', async (example) => {
    const { workshop, world, scope, sent } = bench;
    const findings = arrange(world, [example]);
    const before = photograph(scope);
    const [done] = await workshop.run('live', 'live', findings);
    expect(done?.status).toBe('verified');
    expect(photograph(scope)).not.toEqual(before);

    const first = await workshop.rollBack([done?.actionId ?? '']);
    const sendings = sent().length;
    const again = await workshop.rollBack([done?.actionId ?? ''], 'another-run');
    expect(sent()).toHaveLength(sendings);
    if (done?.rollback.possible) {
      expect(first.output.results[0]).toMatchObject({ status: 'rolled-back' });
      expect(first.events).toMatchObject([
        { type: 'trimtab.action.rolled-back.v1', data: { runId: 'live' } },
      ]);
      expect(photograph(scope)).toEqual(before);
      expect(again.output.results[0]?.error?.code).toBe('execution.already-rolled-back');
      expect(again.events).toEqual([]);
    } else {
      expect(first.output.results[0]).toMatchObject({
        status: 'verified',
        error: { code: 'execution.no-way-back' },
      });
    }
  });

  it('is refused when the state is not what the action left', async () => {
    const { workshop, world, scope, sent } = bench;
    const [done] = await workshop.run('live', 'live', arrange(world, [examples[0] as Example]));
    scope.instances.set('i-stop', anInstance({ id: 'i-stop', state: 'running' }));
    const { output, events } = await workshop.rollBack([done?.actionId ?? '']);
    expect(output.results[0]).toMatchObject({
      status: 'rollback-failed',
      error: { code: 'execution.state-changed' },
    });
    expect(output.results[0]?.error?.message).toContain('state was "stopped", is "running"');
    expect(events).toMatchObject([{ type: 'trimtab.action.failed.v1' }]);
    expect(sent()).toEqual(['StopInstances']);

    scope.instances.set('i-stop', anInstance({ id: 'i-stop', state: 'stopped' }));
    const again = await workshop.rollBack([done?.actionId ?? ''], 'again');
    expect(again.output.results[0]?.status).toBe('rolled-back');
  });

  it('goes on from where it stopped, and answers a second delivery with the same event', async () => {
    const { workshop, world, scope, sent } = bench;
    const [done] = await workshop.run('live', 'live', arrange(world, [examples[1] as Example]));
    world.fail('StartInstances', crash, 'after');
    const ids = [done?.actionId ?? ''];
    await expect(workshop.rollBack(ids)).rejects.toThrow(crash);
    const first = await workshop.rollBack(ids);
    const second = await workshop.rollBack(ids);
    expect(scope.instances.get('i-resize')).toMatchObject({ state: 'running', instanceType: 'm5.large' });
    expect(second).toEqual(first);
    const there = ['StopInstances', 'ModifyInstanceAttribute', 'StartInstances'];
    expect(sent()).toEqual([...there, ...there]);
  });

  it('has nothing to do for a simulated action', async () => {
    const { workshop, world } = bench;
    const [done] = await workshop.run('dry', 'dry-run', arrange(world, [examples[0] as Example]));
    const { output } = await workshop.rollBack([done?.actionId ?? '']);
    expect(output.results[0]?.error?.code).toBe('execution.was-simulated');
  });

  it('names an action that it does not know', async () => {
    await expect(bench.workshop.rollBack(['act-unknown'])).rejects.toMatchObject({
      code: 'execution.unknown-action',
    });
  });
});

/** What is there, without ids that a recovery cannot give back and without snapshots, which are kept. */
function photograph(scope: MemoryScope): unknown {
  const plain = (entries: Iterable<object>) =>
    [...entries].map((one) => {
      const {
        id: _id,
        allocationId: _allocation,
        snapshotId: _from,
        modification: _done,
        createdAt: _at,
        ...rest
      } = {
        ...one,
      } as Record<string, unknown>;
      const { tags = {}, ...others } = rest;
      const own = Object.entries(tags as object).filter(([name]) => name !== 'trimtab:action');
      const settings =
        others['volumeType'] === 'gp2' ? { ...others, iops: undefined, throughputMiBps: undefined } : others;
      return JSON.parse(JSON.stringify({ ...settings, tags: Object.fromEntries(own) })) as unknown;
    });
  const { instances, volumes, addresses, databases, functions, buckets, loadBalancers, logGroups } = scope;
  const maps = { instances, volumes, addresses, databases, functions, buckets, loadBalancers, logGroups };
  const gone = { snapshots: scope.snapshots.has('snap-old') };
  return {
    ...gone,
    ...Object.fromEntries(Object.entries(maps).map(([name, map]) => [name, plain(map.values())])),
  };
}
