import { join } from 'node:path';
import type { CloudProvider } from '@trimtab/cloud';
import type { ActionKind, CloudSettings, ResourceType } from '@trimtab/contracts';
import { startProcess } from '@trimtab/testing';
import type { FaultyProcess } from '@trimtab/testing';
import type { Live } from '../src/domain/target.js';
import { accountId, asOf, recommend, region, scanned } from './arrange.js';
import type { Finding } from './workshop.js';

const root = join(import.meta.dirname, '../../..');

/** The simulated company as a process. */
export interface Company {
  readonly process: FaultyProcess;
  readonly url: string;
  readonly settings: CloudSettings;
}

export async function startCompany(): Promise<Company> {
  const entry = join(root, 'apps/cloud-sim/dist/main.js');
  const env = {
    CLOUD_SIM_PORT: '0',
    CLOUD_SIM_SEED: '7',
    CLOUD_SIM_NOW: asOf,
    CLOUD_SIM_TRANSITION_MS: '20',
  };
  const started = await startProcess({ entry, env, ready: { line: /"ready":true/ } });
  const url = /"url":"([^"]+)"/.exec(started.output)?.[1] ?? '';
  const accounts = [
    { id: accountId, name: 'production' },
    { id: '444455556666', name: 'development' },
  ];
  const settings = { endpoint: url, accounts, regions: [region, 'us-west-2', 'eu-west-1'] };
  return { process: started, url, settings };
}

export interface Change {
  readonly operation: string;
  readonly resources: readonly { readonly name: string }[];
}

/** Every change that the company's API has made so far. */
export async function audit({ url }: Company): Promise<Change[]> {
  const answer = await fetch(`${url}/_sim/audit`);
  return ((await answer.json()) as { entries: Change[] }).entries;
}

export const plantFault = (company: Company, body: object): Promise<Response> =>
  fetch(`${company.url}/_sim/faults`, { method: 'POST', body: JSON.stringify(body) });

/** Planted faults that have not struck yet. */
export async function faultsLeft({ url }: Company): Promise<number> {
  const { faults } = (await (await fetch(`${url}/_sim/faults`)).json()) as { faults: { left: number }[] };
  return faults.reduce((sum, one) => sum + one.left, 0);
}

/** Picks the first unused resource of a kind, wherever it is, and says what was found about it. */
export async function find(
  clouds: CloudProvider,
  { url, settings }: Company,
  kind: ActionKind,
  taken: ReadonlySet<string> = new Set(),
): Promise<Finding> {
  const { type, parameters, list } = choices[kind as keyof typeof choices] as Choice;
  const cloud = clouds.open({ endpoint: url, accounts: settings.accounts });
  for (const account of settings.accounts) {
    for (const place of settings.regions) {
      const at = { accountId: account.id, region: place };
      for await (const live of list(cloud, at)) {
        const resource = scanned(type, live, at);
        if (!taken.has(resource.arn))
          return { resource, recommendation: recommend(resource, kind, parameters(live)) };
      }
    }
  }
  throw new Error(`the company has no more resources for ${kind}`);
}

type OpenCloud = ReturnType<CloudProvider['open']>;
type Scope = Parameters<OpenCloud['inventory']>[0];

interface Choice {
  readonly type: ResourceType;
  readonly parameters: (live: Live) => Record<string, unknown>;
  readonly list: (cloud: OpenCloud, scope: Scope) => AsyncIterable<Live>;
}

async function* only<L>(all: AsyncIterable<L>, fits: (live: L) => boolean): AsyncIterable<L> {
  for await (const live of all) if (fits(live)) yield live;
}

const none = (): Record<string, unknown> => ({});
const ebs = (live: { rootDeviceType: string }): boolean => live.rootDeviceType === 'ebs';

export const choices = {
  'ec2.stop-instance': {
    type: 'ec2:instance',
    parameters: none,
    list: (cloud, at) =>
      only(cloud.inventory(at).instances(), (live) => live.state === 'running' && ebs(live)),
  },
  'ec2.resize-instance': {
    type: 'ec2:instance',
    parameters: () => ({ instanceType: 'm5.large' }),
    list: (cloud, at) =>
      only(
        cloud.inventory(at).instances(),
        (live) =>
          live.state === 'running' &&
          live.architecture === 'x86_64' &&
          /^m\d\w?\..*xlarge/.test(live.instanceType),
      ),
  },
  'ec2.terminate-instance': {
    type: 'ec2:instance',
    parameters: () => ({ createImage: true }),
    list: (cloud, at) =>
      only(cloud.inventory(at).instances(), (live) => live.state === 'stopped' && ebs(live)),
  },
  'ebs.modify-volume': {
    type: 'ec2:volume',
    parameters: () => ({ volumeType: 'gp3', iops: 3000, throughputMiBps: 125 }),
    list: (cloud, at) =>
      only(cloud.inventory(at).volumes(), (live) => live.volumeType === 'gp2' && live.state === 'in-use'),
  },
  'ebs.delete-volume': {
    type: 'ec2:volume',
    parameters: () => ({ snapshotFirst: true }),
    list: (cloud, at) => only(cloud.inventory(at).volumes(), (live) => live.state === 'available'),
  },
  'ebs.delete-snapshot': {
    type: 'ec2:snapshot',
    parameters: none,
    list: (cloud, at) => unusedSnapshots(cloud, at),
  },
  'ec2.release-address': {
    type: 'ec2:elastic-ip',
    parameters: none,
    list: (cloud, at) => only(cloud.inventory(at).addresses(), (live) => live.associationId === undefined),
  },
  'rds.stop-instance': {
    type: 'rds:db-instance',
    parameters: none,
    list: (cloud, at) => only(cloud.inventory(at).databases(), (live) => live.status === 'available'),
  },
  'rds.modify-storage': {
    type: 'rds:db-instance',
    parameters: () => ({ storageType: 'gp3' }),
    list: (cloud, at) =>
      only(
        cloud.inventory(at).databases(),
        (live) => live.status === 'available' && live.storageType === 'gp2',
      ),
  },
  'lambda.reserve-zero-concurrency': {
    type: 'lambda:function',
    parameters: none,
    list: (cloud, at) => cloud.inventory(at).functions(),
  },
  's3.put-lifecycle': {
    type: 's3:bucket',
    parameters: () => ({ abortIncompleteMultipartUploadDays: 7 }),
    list: (cloud, at) => bucketsWithRules(cloud, at),
  },
  'elb.delete-load-balancer': {
    type: 'elasticloadbalancing:loadbalancer',
    parameters: none,
    list: (cloud, at) => cloud.inventory(at).loadBalancers(),
  },
  'logs.put-retention': {
    type: 'logs:log-group',
    parameters: () => ({ retentionInDays: 30 }),
    list: (cloud, at) => only(cloud.inventory(at).logGroups(), (live) => live.retentionInDays === undefined),
  },
} as const satisfies Partial<Record<ActionKind, Choice>>;

async function* unusedSnapshots(cloud: OpenCloud, at: Scope): AsyncIterable<Live> {
  const used = new Set<string>();
  for await (const image of cloud.inventory(at).images()) image.snapshotIds.forEach((id) => used.add(id));
  yield* only(cloud.inventory(at).snapshots(), (live) => !used.has(live.id));
}

/** Buckets that have rules of others, so that a merge can be told from a replacement. */
async function* bucketsWithRules(cloud: OpenCloud, at: Scope): AsyncIterable<Live> {
  for await (const { name } of cloud.inventory(at).buckets()) {
    const live = await cloud.actions(at).buckets.describe(name);
    if (live?.lifecycleRules?.length) yield live;
  }
}
