import { AwsCloud } from '@trimtab/cloud';
import type { Cloud, Inventory } from '@trimtab/cloud';
import type { Configuration, ScannedService } from '@trimtab/contracts';
import { AppError } from '@trimtab/kernel';
import type { Finding } from './finding.js';
import { attempt } from './finding.js';

const SKEW_MS = 300_000;

/** The first read that each scanner makes. */
const scanners: Readonly<Record<ScannedService, (inventory: Inventory) => AsyncIterable<unknown>>> = {
  ec2: (inventory) => inventory.instances(),
  ebs: (inventory) => inventory.volumes(),
  rds: (inventory) => inventory.databases(),
  lambda: (inventory) => inventory.functions(),
  s3: (inventory) => inventory.buckets(),
  elb: (inventory) => inventory.loadBalancers(),
  'cloudwatch-logs': (inventory) => inventory.logGroups(),
};

/** Credentials of every account, and one read per scanner in its first region. */
export async function permissionFindings({ cloud: settings, scan }: Configuration): Promise<Finding[]> {
  const cloud = new AwsCloud(settings);
  try {
    const findings: Finding[] = [await clock(settings.endpoint)];
    for (const { id, name } of settings.accounts) {
      const who = await attempt(
        `credentials of ${name} (${id})`,
        'check the profile or readRoleArn of this account',
        () => identity(cloud, id),
      );
      findings.push(who);
      if (who.status === 'ok')
        findings.push(...(await permissions(cloud, id, settings.regions[0] ?? '', scan.services)));
    }
    return findings;
  } finally {
    cloud.close();
  }
}

async function identity(cloud: Cloud, accountId: string): Promise<string> {
  const caller = await cloud.identity(accountId).callerAccount();
  if (caller === accountId) return `caller is in ${caller}`;
  throw new AppError('doctor.wrong-account', `these credentials belong to account ${caller}`);
}

function permissions(
  cloud: Cloud,
  accountId: string,
  region: string,
  services: readonly ScannedService[],
): Promise<Finding[]> {
  const inventory = cloud.inventory({ accountId, region });
  const fix = 'add the read policy of infra/terraform to the role';
  return Promise.all(
    services.map((service) =>
      attempt(`${service} in ${accountId} ${region}`, fix, async () => {
        for await (const _first of scanners[service](inventory)) return 'readable';
        return 'readable, empty';
      }),
    ),
  );
}

/** AWS refuses requests whose time is more than five minutes off. */
function clock(endpoint: string | undefined): Promise<Finding> {
  return attempt('clock', 'set the clock: AWS refuses requests that are five minutes off', async () => {
    const answer = await fetch(endpoint ?? 'https://sts.amazonaws.com', { method: 'HEAD' });
    const there = Date.parse(answer.headers.get('date') ?? '');
    const skew = Number.isNaN(there) ? 0 : Math.abs(Date.now() - there);
    if (skew < SKEW_MS) return `${Math.round(skew / 1000)} s off`;
    throw new AppError('doctor.clock', `the clock is ${Math.round(skew / 1000)} s off`);
  });
}
