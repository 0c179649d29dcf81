import { AwsError } from '../../aws-error.js';
import type { QueryInput } from '../../protocols/query-input.js';
import type { XmlObject } from '../../protocols/xml.js';
import type { Call } from '../../simulation.js';
import { iso } from '../../simulation.js';
import type { LoadBalancer, TargetGroup } from '../../world/world.js';
import { find, own } from '../owned.js';
import { pageByKey, sizeWithin } from '../page.js';

export function needLoadBalancer(call: Call, arn: string): LoadBalancer {
  const item = find(call, call.simulation.world.loadBalancers, arn);
  if (!item) throw new AwsError('LoadBalancerNotFound', `One or more load balancers not found`, 400);
  return item;
}

function needTargetGroup(call: Call, arn: string): TargetGroup {
  const item = find(call, call.simulation.world.targetGroups, arn);
  if (!item) throw new AwsError('TargetGroupNotFound', 'One or more target groups not found', 400);
  return item;
}

export function describeLoadBalancers(call: Call, input: QueryInput): XmlObject {
  const arns = input.list('LoadBalancerArns.member');
  const names = input.list('Names.member');
  const mine = arns.length
    ? arns.map((arn) => needLoadBalancer(call, arn))
    : own(call, call.simulation.world.loadBalancers.values());
  const missing = names.find((name) => !mine.some((item) => item.name === name));
  if (missing) throw new AwsError('LoadBalancerNotFound', `Load balancers '[${missing}]' not found`);
  const found = names.length ? mine.filter((item) => names.includes(item.name)) : mine;
  return paged(found, input, (item) => item.arn, 'LoadBalancers', loadBalancerXml);
}

export function loadBalancerXml(item: LoadBalancer): XmlObject {
  return {
    LoadBalancerArn: item.arn,
    DNSName: item.dnsName,
    CreatedTime: iso(item.createdTime),
    LoadBalancerName: item.name,
    Scheme: item.scheme,
    State: { Code: 'active' },
    Type: item.type,
    AvailabilityZones: { member: ['a', 'b'].map((letter) => ({ ZoneName: `${item.region}${letter}` })) },
    IpAddressType: 'ipv4',
  };
}

export function describeTargetGroups(call: Call, input: QueryInput): XmlObject {
  const arns = input.list('TargetGroupArns.member');
  const names = input.list('Names.member');
  const balancer = input.text('LoadBalancerArn');
  if (balancer) needLoadBalancer(call, balancer);
  const mine = arns.length
    ? arns.map((arn) => needTargetGroup(call, arn))
    : own(call, call.simulation.world.targetGroups.values());
  const found = mine.filter(
    (item) =>
      (names.length === 0 || names.includes(item.name)) &&
      (!balancer || item.loadBalancerArns.includes(balancer)),
  );
  return paged(
    found,
    input,
    (item) => item.arn,
    'TargetGroups',
    (item) => targetGroupXml(call, item),
  );
}

function targetGroupXml(call: Call, item: TargetGroup): XmlObject {
  const Port = portOf(item);
  return {
    TargetGroupArn: item.arn,
    TargetGroupName: item.name,
    Protocol: 'HTTP',
    Port,
    HealthCheckEnabled: true,
    HealthCheckPath: '/',
    LoadBalancerArns: { member: balancersOf(call, item) },
    TargetType: 'instance',
  };
}

const portOf = (item: TargetGroup): number => item.targets[0]?.port ?? 80;

/** A deleted load balancer leaves its target groups behind, unattached. */
const balancersOf = (call: Call, item: TargetGroup): string[] =>
  item.loadBalancerArns.filter((arn) => call.simulation.world.loadBalancers.has(arn));

export function describeTargetHealth(call: Call, input: QueryInput): XmlObject {
  const group = needTargetGroup(call, input.need('TargetGroupArn'));
  const used = balancersOf(call, group).length > 0;
  const member = group.targets.map((target) => ({
    Target: { Id: target.id, Port: target.port },
    HealthCheckPort: target.port,
    TargetHealth: health(call, target, used),
  }));
  return { TargetHealthDescriptions: { member } };
}

function health(call: Call, target: TargetGroup['targets'][number], used: boolean): XmlObject {
  const instance = call.simulation.world.instances.get(target.id);
  if (!used) {
    const Description = 'Target group is not configured to receive traffic from the load balancer';
    return { State: 'unused', Reason: 'Target.NotInUse', Description };
  }
  if (instance && instance.state !== 'running') {
    return {
      State: 'unused',
      Reason: 'Target.InvalidState',
      Description: `Target is in the ${instance.state} state`,
    };
  }
  if (target.health === 'healthy') return { State: 'healthy' };
  return { State: 'unhealthy', Reason: 'Target.Timeout', Description: 'Request timed out' };
}

/** The world keeps no listeners: each attached target group stands for one listener that forwards to it. */
export function describeListeners(call: Call, input: QueryInput): XmlObject {
  const balancer = input.text('LoadBalancerArn');
  const arns = input.list('ListenerArns.member');
  if (!balancer && arns.length === 0) {
    throw new AwsError('ValidationError', 'You must specify either listener ARNs or a load balancer ARN');
  }
  if (balancer) needLoadBalancer(call, balancer);
  const all = own(call, call.simulation.world.targetGroups.values()).flatMap((group) =>
    balancersOf(call, group).map((arn) => ({ balancer: arn, arn: listenerArn(arn, group), group })),
  );
  const found = all.filter((item) => (balancer ? item.balancer === balancer : arns.includes(item.arn)));
  return paged(
    found,
    input,
    (item) => item.arn,
    'Listeners',
    (item) => ({
      ListenerArn: item.arn,
      LoadBalancerArn: item.balancer,
      Port: 80,
      Protocol: item.balancer.includes('/net/') ? 'TCP' : 'HTTP',
      DefaultActions: { member: { Type: 'forward', TargetGroupArn: item.group.arn, Order: 1 } },
    }),
  );
}

const listenerArn = (balancer: string, group: TargetGroup): string =>
  `${balancer.replace(':loadbalancer/', ':listener/')}/${group.arn.slice(group.arn.lastIndexOf('/') + 1)}`;

export function describeTags(call: Call, input: QueryInput): XmlObject {
  const member = input.list('ResourceArns.member').map((arn) => {
    const item = arn.includes(':targetgroup/') ? needTargetGroup(call, arn) : needLoadBalancer(call, arn);
    const tags = Object.entries(item.tags).map(([Key, Value]) => ({ Key, Value }));
    return { ResourceArn: arn, Tags: { member: tags } };
  });
  return { TagDescriptions: { member } };
}

function paged<T>(
  items: readonly T[],
  input: QueryInput,
  keyOf: (item: T) => string,
  name: string,
  write: (item: T) => XmlObject,
): XmlObject {
  const size = sizeWithin(input.number('PageSize'), 400);
  const token = input.text('Marker') || undefined;
  const page = pageByKey(items, keyOf, { token, size, badToken: 'ValidationError' });
  return { [name]: { member: page.items.map(write) }, NextMarker: page.next };
}
