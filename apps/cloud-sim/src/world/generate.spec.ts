import { createHash } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { generateWorld, writeTruth } from './index.js';
import type { World } from './index.js';

const NOW = Date.parse('2026-11-21T03:00:00Z');
const digest = (world: World) =>
  createHash('sha256')
    .update(JSON.stringify(world, (_key, value: unknown) => (value instanceof Map ? [...value] : value)))
    .digest('hex');

describe('generateWorld', () => {
  it('makes the same company for the same seed and moment, and another one for another seed', () => {
    const first = digest(generateWorld({ seed: 7, now: NOW }));
    expect(digest(generateWorld({ seed: 7, now: NOW }))).toBe(first);
    expect(digest(generateWorld({ seed: 8, now: NOW }))).not.toBe(first);
  });

  it('has the size of a real company', () => {
    const world = generateWorld({ seed: 1, now: NOW });
    expect(world.accounts.map((account) => account.name)).toEqual(['production', 'development']);
    expect(world.regions).toEqual(['us-east-1', 'us-west-2', 'eu-west-1']);
    const between = (size: number, low: number, high: number) => {
      expect(size).toBeGreaterThanOrEqual(low);
      expect(size).toBeLessThanOrEqual(high);
    };
    between(world.instances.size, 140, 165);
    between(world.volumes.size, 210, 260);
    between(world.databases.size, 28, 34);
    between(world.functions.size, 48, 55);
    between(world.buckets.size, 38, 42);
    between(world.loadBalancers.size, 24, 27);
    between(world.logGroups.size, 42, 48);
    between(world.instanceTypes.length, 140, 160);
  });

  it.each([1, 2, 3])('keeps references whole (seed %i)', (seed) => {
    const world = generateWorld({ seed, now: NOW });
    for (const instance of world.instances.values()) {
      expect(world.images.has(instance.imageId)).toBe(true);
      expect(instance.launchTime).toBeLessThan(NOW);
      for (const id of instance.volumeIds)
        expect(world.volumes.get(id)?.attachedTo?.instanceId).toBe(instance.id);
      expect(world.instanceTypes.some((type) => type.name === instance.instanceType)).toBe(true);
    }
    for (const group of world.targetGroups.values()) {
      for (const target of group.targets) expect(world.instances.get(target.id)?.state).toBe('running');
      for (const arn of group.loadBalancerArns) expect(world.loadBalancers.has(arn)).toBe(true);
    }
    const times = world.trail.map((event) => event.eventTime);
    expect(times).toEqual([...times].sort((a, b) => a - b));
    expect(times[times.length - 1]).toBeLessThanOrEqual(NOW);
    expect(NOW - (times[0] ?? 0)).toBeLessThan(90 * 86_400_000);
  });

  it('writes the truth as JSON', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'truth-'));
    const world = generateWorld({ seed: 1, now: NOW });
    await writeTruth(world, join(folder, 'truth.json'));
    const read = JSON.parse(await readFile(join(folder, 'truth.json'), 'utf8')) as World['truth'];
    expect(read.waste).toEqual(world.truth.waste);
    await rm(folder, { recursive: true });
  });
});

describe('the price list', () => {
  const { prices, instanceTypes } = generateWorld({ seed: 1, now: NOW });
  const find = (region: string, wanted: Record<string, string>) =>
    prices.filter(
      (price) =>
        price.region === region &&
        Object.entries(wanted).every(([key, value]) => price.attributes[key] === value),
    );

  it('prices every type once per region, Ireland at 1.11 times Virginia', () => {
    for (const type of instanceTypes) {
      const wanted = {
        servicecode: 'AmazonEC2',
        instanceType: type.name,
        operatingSystem: 'Linux',
        tenancy: 'Shared',
      };
      const [virginia, ...more] = find('us-east-1', wanted);
      expect(more).toEqual([]);
      expect(Number(find('eu-west-1', wanted)[0]?.usd)).toBeCloseTo(Number(virginia?.usd) * 1.11, 8);
      expect(Number(find('us-west-2', wanted)[0]?.usd)).toBe(Number(virginia?.usd));
    }
  });

  it('writes usage types with the prefix of their region and plain decimals', () => {
    expect(find('us-west-2', { instanceType: 'm5.large' })[0]?.usageType).toBe('USW2-BoxUsage:m5.large');
    for (const price of prices) {
      expect(price.usd).toMatch(/^\d+(\.\d+)?$/);
      expect(Number(price.usd)).toBeGreaterThan(0);
      expect(price.attributes['regionCode']).toBe(price.region);
    }
  });

  it('covers the services that the checks price', () => {
    expect(new Set(prices.map((price) => price.service))).toEqual(
      new Set(['AmazonEC2', 'AmazonRDS', 'AWSELB', 'AmazonS3', 'AmazonCloudWatch', 'AWSLambda', 'AmazonVPC']),
    );
    expect(find('us-east-1', { volumeApiName: 'gp3' }).map((price) => price.usd)).toEqual([
      '0.08',
      '0.005',
      '40.96',
    ]);
  });
});
