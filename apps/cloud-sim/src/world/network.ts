import { placeIn, regionCode, scopeAt, spread } from './company.js';
import type { Place } from './company.js';
import { DAY, daysAgo, owned, plant, record } from './draft.js';
import type { Draft } from './draft.js';
import { exempt } from './images.js';
import type { Random } from './random.js';
import type { Address, Instance, LoadBalancer, TargetGroup } from './world.js';

export function addAddresses(draft: Draft): void {
  const rnd = draft.random.fork('addresses');
  const running = [...draft.instances.values()].filter((i) => i.state === 'running' && i.usage.base > 0.3);
  for (let i = 0; i < 16; i += 1) associate(draft, rnd, running[i * 5] as Instance);
  for (let i = 0; i < 5; i += 1) {
    const place = placeIn(rnd, scopeAt(i));
    plant(draft, 'NET-01', allocate(draft, rnd, place, rnd.whole(14, 80)).allocationId, place.scope);
  }
  allocate(draft, rnd, placeIn(rnd, scopeAt(0)), 2);
  allocate(draft, rnd, exempt(placeIn(rnd, scopeAt(1))), 50);
}

function associate(draft: Draft, rnd: Random, instance: Instance) {
  const scope = { accountId: instance.accountId, region: instance.region, share: 0 };
  const address = allocate(
    draft,
    rnd,
    { ...placeIn(rnd, scope), tags: { ...instance.tags } },
    rnd.whole(20, 80),
  );
  address.associationId = `eipassoc-0${rnd.hex(16)}`;
  address.instanceId = instance.id;
  instance.publicIp = address.publicIp;
}

/** The age of an address is not in its description: the trail and a tag tell it. */
function allocate(draft: Draft, rnd: Random, place: Place, days: number): Address {
  const at = daysAgo(draft, rnd, days);
  const address: Address = {
    ...owned(place.scope, { ...place.tags, 'allocated-on': new Date(at).toISOString().slice(0, 10) }),
    allocationId: `eipalloc-0${rnd.hex(16)}`,
    publicIp: `198.18.${draft.addresses.size}.${rnd.whole(1, 254)}`,
  };
  draft.addresses.set(address.allocationId, address);
  record(draft, {
    accountId: place.scope.accountId,
    region: place.scope.region,
    eventName: 'AllocateAddress',
    eventSource: 'ec2.amazonaws.com',
    eventTime: at,
    username: rnd.pick(['amelia', 'jonas', 'terraform']),
    resources: [{ type: 'AWS::EC2::EIP', name: address.allocationId }],
  });
  return address;
}

export function addLoadBalancers(draft: Draft): void {
  const rnd = draft.random.fork('load-balancers');
  spread(19).forEach((scope, index) => {
    const place = placeIn(rnd, scope);
    const requestsPerDay = rnd.whole(40_000, 900_000);
    addLoadBalancer(draft, rnd, place, { index, ageDays: rnd.whole(60, 400), requestsPerDay, targets: true });
  });
  for (let index = 0; index < 4; index += 1) {
    const place = placeIn(rnd, scopeAt(index));
    const spec = { index: 50 + index, ageDays: rnd.whole(60, 200), requestsPerDay: 0, targets: false };
    plant(draft, 'ELB-01', addLoadBalancer(draft, rnd, place, spec).arn, place.scope);
  }
  const empty = { requestsPerDay: 0, targets: false };
  addLoadBalancer(draft, rnd, placeIn(rnd, scopeAt(0)), { ...empty, index: 60, ageDays: 2 });
  addLoadBalancer(draft, rnd, exempt(placeIn(rnd, scopeAt(2))), { ...empty, index: 61, ageDays: 90 });
}

interface BalancerSpec {
  readonly index: number;
  readonly ageDays: number;
  readonly requestsPerDay: number;
  readonly targets: boolean;
}

function addLoadBalancer(draft: Draft, rnd: Random, place: Place, spec: BalancerSpec): LoadBalancer {
  const { accountId, region } = place.scope;
  const type = spec.index % 3 === 2 ? 'network' : 'application';
  const name = `${place.service.service}-${place.env}-${spec.index}`;
  const id = rnd.hex(16);
  const arn = `arn:aws:elasticloadbalancing:${region}:${accountId}:loadbalancer/${type === 'network' ? 'net' : 'app'}/${name}/${id}`;
  const balancer: LoadBalancer = {
    ...owned(place.scope, place.tags),
    arn,
    name,
    type,
    scheme: rnd.chance(0.6) ? 'internet-facing' : 'internal',
    createdTime: daysAgo(draft, rnd, spec.ageDays),
    dnsName: `${name}-${id.slice(0, 10)}.elb.${region}.amazonaws.com`,
    requestsPerDay: spec.requestsPerDay,
  };
  draft.loadBalancers.set(arn, balancer);
  addTargetGroup(draft, rnd, balancer, spec.targets ? candidates(draft, place) : []);
  return balancer;
}

function addTargetGroup(draft: Draft, rnd: Random, balancer: LoadBalancer, from: Instance[]) {
  const { accountId, region } = balancer;
  const name = `${balancer.name}-tg`.slice(0, 32);
  const arn = `arn:aws:elasticloadbalancing:${region}:${accountId}:targetgroup/${name}/${rnd.hex(16)}`;
  const count = Math.min(from.length, rnd.whole(2, 4));
  const start = from.length ? rnd.whole(0, from.length - 1) : 0;
  const group: TargetGroup = {
    ...owned({ accountId, region, share: 0 }, { ...balancer.tags }),
    arn,
    name,
    loadBalancerArns: [balancer.arn],
    targets: Array.from({ length: count }, (_, i) => ({
      id: (from[(start + i) % from.length] as Instance).id,
      port: 8080,
      health: 'healthy',
    })),
  };
  draft.targetGroups.set(arn, group);
}

function candidates(draft: Draft, place: Place): Instance[] {
  return [...draft.instances.values()].filter(
    (instance) =>
      instance.accountId === place.scope.accountId &&
      instance.region === place.scope.region &&
      instance.state === 'running' &&
      instance.usage.base > 0.3 &&
      draft.now - instance.launchTime > 20 * DAY,
  );
}

/** Names that people give, unique over the whole company. */
export const nameIn = (place: Place, suffix: string): string =>
  `${place.service.service}-${place.env}-${regionCode(place.scope.region)}-${suffix}`;
