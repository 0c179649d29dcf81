import type { LoadBalancer, TagDescription, TargetGroup } from '@aws-sdk/client-elastic-load-balancing-v2';
import type { LiveLoadBalancer, TargetGroupState } from '../ports/live-state.js';
import type { Tags } from '../ports/scope.js';
import type { AwsCaller } from './caller.js';
import { tagsOf } from './ec2.mapping.js';
import { orMissing } from './functions-and-logs.aws.js';
import { mapConcurrently } from './pacing.js';
import { liveLoadBalancer } from './services.mapping.js';

/** AWS takes at most 20 ARNs in one DescribeTags. */
const TAG_BATCH = 20;

export async function* listLoadBalancers(aws: AwsCaller): AsyncIterable<LiveLoadBalancer> {
  const groups = await targetGroups(aws);
  for await (const balancers of balancerPages(aws)) {
    const tags = await tagsByArn(
      aws,
      balancers.map((one) => one.LoadBalancerArn ?? ''),
    );
    for (const one of balancers) {
      const arn = one.LoadBalancerArn ?? '';
      const own = groups.filter((group) => group.loadBalancerArns.includes(arn));
      yield liveLoadBalancer(
        one,
        own.map(({ state }) => state),
        tags.get(arn) ?? {},
      );
    }
  }
}

/** One balancer with all that is needed to build it again, undefined when it is gone. */
export async function describeLoadBalancer(
  aws: AwsCaller,
  arn: string,
): Promise<LiveLoadBalancer | undefined> {
  const answer = await orMissing(
    aws.send('elb', (sdk) => new sdk.DescribeLoadBalancersCommand({ LoadBalancerArns: [arn] })),
  );
  const balancer = answer?.LoadBalancers?.[0];
  if (!balancer) return undefined;
  const [{ Listeners }, groups, tags] = await Promise.all([
    aws.send('elb', (sdk) => new sdk.DescribeListenersCommand({ LoadBalancerArn: arn })),
    aws.send('elb', (sdk) => new sdk.DescribeTargetGroupsCommand({ LoadBalancerArn: arn })),
    tagsByArn(aws, [arn]),
  ]);
  const states = await Promise.all((groups.TargetGroups ?? []).map((group) => stateOf(aws, group)));
  const live = liveLoadBalancer(balancer, states, tags.get(arn) ?? {});
  const configuration = {
    loadBalancer: balancer,
    listeners: Listeners ?? [],
    targetGroups: groups.TargetGroups ?? [],
  };
  return { ...live, configuration: JSON.parse(JSON.stringify(configuration)) as Record<string, unknown> };
}

async function* balancerPages(aws: AwsCaller): AsyncIterable<LoadBalancer[]> {
  const pages = aws.pages(
    'elb',
    (sdk, Marker) => new sdk.DescribeLoadBalancersCommand({ Marker, PageSize: 400 }),
    (page) => page.NextMarker,
  );
  for await (const { LoadBalancers } of pages) yield LoadBalancers ?? [];
}

interface OwnedGroup {
  readonly loadBalancerArns: readonly string[];
  readonly state: TargetGroupState;
}

async function targetGroups(aws: AwsCaller): Promise<OwnedGroup[]> {
  const found: OwnedGroup[] = [];
  const pages = aws.pages(
    'elb',
    (sdk, Marker) => new sdk.DescribeTargetGroupsCommand({ Marker, PageSize: 400 }),
    (page) => page.NextMarker,
  );
  for await (const { TargetGroups } of pages) {
    const used = (TargetGroups ?? []).filter((group) => (group.LoadBalancerArns ?? []).length > 0);
    const states = mapConcurrently(used, 4, async (group) => ({
      loadBalancerArns: group.LoadBalancerArns ?? [],
      state: await stateOf(aws, group),
    }));
    for await (const one of states) found.push(one);
  }
  return found;
}

async function stateOf(aws: AwsCaller, group: TargetGroup): Promise<TargetGroupState> {
  const arn = group.TargetGroupArn ?? '';
  const health = await aws.send('elb', (sdk) => new sdk.DescribeTargetHealthCommand({ TargetGroupArn: arn }));
  const targets = health.TargetHealthDescriptions ?? [];
  const healthy = targets.filter((target) => target.TargetHealth?.State === 'healthy');
  return { arn, registeredTargets: targets.length, healthyTargets: healthy.length };
}

async function tagsByArn(aws: AwsCaller, arns: readonly string[]): Promise<Map<string, Tags>> {
  const batches: string[][] = [];
  for (let i = 0; i < arns.length; i += TAG_BATCH) batches.push(arns.slice(i, i + TAG_BATCH));
  const answers = await Promise.all(
    batches.map((ResourceArns) => aws.send('elb', (sdk) => new sdk.DescribeTagsCommand({ ResourceArns }))),
  );
  const described: TagDescription[] = answers.flatMap((answer) => answer.TagDescriptions ?? []);
  return new Map(
    described.map(({ ResourceArn, Tags: tags }) => [ResourceArn ?? '', tagsOf(tags as { Key: string }[])]),
  );
}
