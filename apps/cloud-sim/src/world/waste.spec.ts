import { describe, expect, it } from '@jest/globals';
import { generateWorld } from './index.js';
import { fits } from './testing/sizing-rule.js';
import { RULES } from './testing/waste-rules.js';

const NOW = Date.parse('2026-11-21T03:00:00Z');

describe.each([1, 2, 3, 4, 5])('the company of seed %i', (seed) => {
  const world = generateWorld({ seed, now: NOW });

  it.each(Object.keys(RULES))('breaks %s exactly where waste was planted', (check) => {
    const planted = world.truth.waste
      .filter((waste) => waste.check === check)
      .map((waste) => waste.resourceId);
    expect(planted.length).toBeGreaterThanOrEqual(2);
    expect(planted.length).toBeLessThanOrEqual(6);
    expect(RULES[check]?.(world).sort()).toEqual(planted.sort());
  });

  it('plants one check per resource, in both accounts and all regions', () => {
    const { waste } = world.truth;
    expect(new Set(waste.map((item) => item.resourceId)).size).toBe(waste.length);
    expect(new Set(waste.map((item) => `${item.accountId}/${item.region}`)).size).toBe(6);
    expect(new Set(waste.map((item) => item.check))).toEqual(new Set(Object.keys(RULES)));
  });

  it('has a cheaper sibling of the same size that carries each previous-generation machine', () => {
    const previous = world.truth.waste.filter((item) => item.check === 'EC2-07');
    for (const { resourceId } of previous) {
      const instance = world.instances.get(resourceId);
      const [family = '', size = ''] = instance?.instanceType.split('.') ?? [];
      const sibling = `${family[0]}${family === 't2' ? 3 : 5}.${size}`;
      const usd = (type: string) =>
        Number(
          world.prices.find(
            (price) => price.region === instance?.region && price.usageType.endsWith(`:${type}`),
          )?.usd,
        );
      expect(usd(sibling)).toBeLessThan(usd(instance?.instanceType ?? ''));
    }
  });

  it('has things that only look wasteful: exempt, young, owned, mute, replicas, freshly detached, empty', () => {
    const owned = [
      world.instances,
      world.volumes,
      world.snapshots,
      world.addresses,
      world.databases,
      world.functions,
    ];
    const all = [...owned, world.buckets, world.loadBalancers, world.logGroups].flatMap((map) => [
      ...map.values(),
    ]);
    expect(all.filter((item) => item.tags['finops:exempt'] === 'true').length).toBeGreaterThanOrEqual(11);
    const idle = [...world.instances.values()].filter((i) => i.state === 'running' && i.usage.peak < 0.03);
    const byName = (name: string) =>
      idle.filter((instance) => instance.tags['Name']?.startsWith(name)).length;
    expect(['exempt-idle', 'young-idle', 'standby', 'mute', 'weekly-job'].map(byName)).toEqual([
      1, 1, 2, 1, 1,
    ]);
    expect(
      [...world.databases.values()].filter((db) => db.readReplicaSource && db.connectionsPeak === 0),
    ).toHaveLength(1);
    const endless = [...world.logGroups.values()].filter((group) => group.retentionInDays === undefined);
    expect(endless.filter((group) => group.storedBytes === 0)).toHaveLength(1);
    expect([...world.volumes.values()].filter((volume) => volume.state === 'available')).toHaveLength(8);
  });

  it('leaves clean machines with clear distance to a smaller type', () => {
    const planted = new Set(world.truth.waste.map((item) => item.resourceId));
    const clean = [...world.instances.values()].filter((i) => !planted.has(i.id) && i.usage.base > 0.04);
    expect(clean.length).toBeGreaterThan(110);
    expect(
      clean.filter((instance) => fits(world, instance)).map((instance) => instance.instanceType),
    ).toEqual([]);
  });
});
