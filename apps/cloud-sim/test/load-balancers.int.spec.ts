import * as elb from '@aws-sdk/client-elastic-load-balancing-v2';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { CloudSim } from '../src/index.js';
import type { LoadBalancer } from '../src/world/index.js';
import { clientConfig, first, refusal, startSim } from './sim.js';

let sim: CloudSim;
beforeAll(async () => {
  sim = await startSim();
});
afterAll(() => sim.close());

const clientFor = (item: { accountId: string; region: string }) =>
  new elb.ElasticLoadBalancingV2Client(clientConfig(sim, item));
const attached = (item: LoadBalancer) =>
  [...sim.world.targetGroups.values()].filter((group) => group.loadBalancerArns.includes(item.arn));

describe('Elastic Load Balancing', () => {
  it('pages give every load balancer with groups, listeners, health and tags', async () => {
    const { accountId, region } = first(sim.world.loadBalancers.values());
    const client = clientFor({ accountId, region });
    const found: elb.LoadBalancer[] = [];
    for await (const page of elb.paginateDescribeLoadBalancers({ client, pageSize: 1 }, {})) {
      found.push(...(page.LoadBalancers ?? []));
    }
    const expected = [...sim.world.loadBalancers.values()].filter(
      (item) => item.accountId === accountId && item.region === region,
    );
    expect(found.map((item) => item.LoadBalancerArn).sort()).toEqual(expected.map((item) => item.arn).sort());
    for (const { LoadBalancerArn = '' } of found) {
      const truth = sim.world.loadBalancers.get(LoadBalancerArn) as LoadBalancer;
      const { TargetGroups = [] } = await client.send(
        new elb.DescribeTargetGroupsCommand({ LoadBalancerArn }),
      );
      expect(TargetGroups.map((group) => group.TargetGroupArn).sort()).toEqual(
        attached(truth)
          .map((group) => group.arn)
          .sort(),
      );
      const { Listeners = [] } = await client.send(new elb.DescribeListenersCommand({ LoadBalancerArn }));
      expect(Listeners).toHaveLength(TargetGroups.length);
      const { TagDescriptions } = await client.send(
        new elb.DescribeTagsCommand({ ResourceArns: [LoadBalancerArn] }),
      );
      expect(
        Object.fromEntries((TagDescriptions?.[0]?.Tags ?? []).map((tag) => [tag.Key, tag.Value])),
      ).toEqual(truth.tags);
    }
  });

  it('target health follows the targets and the load balancer', async () => {
    const balancer = first(sim.world.loadBalancers.values(), (item) =>
      attached(item).some((group) => group.targets.length > 0),
    );
    const client = clientFor(balancer);
    const group = first(attached(balancer), (item) => item.targets.length > 0);
    const health = async () =>
      (await client.send(new elb.DescribeTargetHealthCommand({ TargetGroupArn: group.arn })))
        .TargetHealthDescriptions ?? [];
    const before = await health();
    expect(before.map((item) => item.Target?.Id)).toEqual(group.targets.map((target) => target.id));
    await client.send(new elb.DeleteLoadBalancerCommand({ LoadBalancerArn: balancer.arn }));
    expect((await health()).map((item) => item.TargetHealth?.Reason)).toEqual(
      group.targets.map(() => 'Target.NotInUse'),
    );
  });

  it('a load balancer is created once, found and deleted, twice without harm', async () => {
    const client = clientFor({ accountId: first(sim.world.accounts).id, region: 'us-east-1' });
    const create = (Type: elb.LoadBalancerTypeEnum) =>
      client.send(
        new elb.CreateLoadBalancerCommand({ Name: 'made-here', Type, Tags: [{ Key: 'a', Value: 'b' }] }),
      );
    const arn = (await create('application')).LoadBalancers?.[0]?.LoadBalancerArn;
    expect((await create('application')).LoadBalancers?.[0]?.LoadBalancerArn).toBe(arn);
    expect((await refusal(create('network'))).name).toBe('DuplicateLoadBalancerNameException');
    const remove = () => client.send(new elb.DeleteLoadBalancerCommand({ LoadBalancerArn: arn }));
    await remove();
    await remove();
    const gone = client.send(new elb.DescribeLoadBalancersCommand({ LoadBalancerArns: [arn ?? ''] }));
    expect((await refusal(gone)).name).toBe('LoadBalancerNotFoundException');
  });
});
