import { AwsError } from '../../aws-error.js';
import type { QueryInput } from '../../protocols/query-input.js';
import type { XmlObject } from '../../protocols/xml.js';
import type { Call } from '../../simulation.js';
import type { LoadBalancer } from '../../world/world.js';
import { loadBalancerXml } from './reads.elb.js';
import { find, own } from '../owned.js';

const balancerKind = 'AWS::ElasticLoadBalancingV2::LoadBalancer';
const paths = { application: 'app', network: 'net', gateway: 'gwy' } as const;

/** CreateLoadBalancer: the same name with the same settings returns the one that is there. */
export function createLoadBalancer(call: Call, input: QueryInput): XmlObject {
  const { world } = call.simulation;
  const asked = readRequest(input);
  const namesake = own(call, world.loadBalancers.values()).find((item) => item.name === asked.name);
  if (namesake && (namesake.type !== asked.type || namesake.scheme !== asked.scheme)) {
    const message = `A load balancer with the same name '${asked.name}' exists, but with different settings`;
    throw new AwsError('DuplicateLoadBalancerName', message);
  }
  const item = namesake ?? add(call, asked);
  return { LoadBalancers: { member: loadBalancerXml(item) } };
}

type Asked = Pick<LoadBalancer, 'name' | 'type' | 'scheme' | 'tags'>;

function readRequest(input: QueryInput): Asked {
  const name = input.need('Name');
  if (!/^(?!internal-)[A-Za-z0-9](?:[A-Za-z0-9-]{0,30}[A-Za-z0-9])?$/.test(name)) {
    throw new AwsError('ValidationError', `The load balancer name '${name}' is not valid`);
  }
  const type = input.text('Type') ?? 'application';
  const scheme = input.text('Scheme') ?? 'internet-facing';
  if (!isType(type)) throw new AwsError('ValidationError', `Invalid load balancer type '${type}'`);
  if (!isScheme(scheme)) throw new AwsError('InvalidScheme', `Invalid scheme '${scheme}'`);
  const tags = input.groups('Tags.member').map((tag) => [tag.need('Key'), tag.text('Value') ?? ''] as const);
  return { name, type, scheme, tags: Object.fromEntries(tags) };
}

const isType = (type: string): type is LoadBalancer['type'] => Object.hasOwn(paths, type);
const isScheme = (scheme: string): scheme is LoadBalancer['scheme'] =>
  scheme === 'internet-facing' || scheme === 'internal';

function add(call: Call, asked: Asked): LoadBalancer {
  const { simulation, accountId, region } = call;
  const id = simulation.hex(16);
  const prefix = asked.scheme === 'internal' ? 'internal-' : '';
  const item: LoadBalancer = {
    ...asked,
    arn: `arn:aws:elasticloadbalancing:${region}:${accountId}:loadbalancer/${paths[asked.type]}/${asked.name}/${id}`,
    accountId,
    region,
    createdTime: simulation.now(),
    dnsName: `${prefix}${asked.name}-${id.slice(0, 10)}.${region}.elb.amazonaws.com`,
    requestsPerDay: 0,
  };
  simulation.world.loadBalancers.set(item.arn, item);
  simulation.record(call, balancerKind, item.arn);
  return item;
}

/** DeleteLoadBalancer succeeds also when nothing is there, as in AWS. */
export function deleteLoadBalancer(call: Call, input: QueryInput): XmlObject {
  const { world } = call.simulation;
  const item = find(call, world.loadBalancers, input.need('LoadBalancerArn'));
  if (item) {
    world.loadBalancers.delete(item.arn);
    call.simulation.record(call, balancerKind, item.arn);
  }
  return {};
}
