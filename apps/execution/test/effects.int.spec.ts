import { AwsCloudProvider } from '@trimtab/cloud';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { ActionKind } from '@trimtab/contracts';
import { testServers } from '@trimtab/embedded/testing';
import type { TestServers } from '@trimtab/embedded/testing';
import { createPool, migrate, openArtifacts, withTransaction } from '@trimtab/event-store';
import { AppError } from '@trimtab/kernel';
import type { Pool } from 'pg';
import { factsOfLive } from '../src/domain/facts.js';
import type { Facts } from '../src/domain/facts.js';
import type { Step } from '../src/domain/step.js';
import { Patience } from '../src/handlers/patience.js';
import { PostgresActionJournal } from '../src/outbound/action-journal.postgres.js';
import { migrations } from '../src/outbound/migrations.js';
import { CloudSites } from '../src/outbound/sites.cloud.js';
import { accountId, region } from './arrange.js';
import { audit, choices, faultsLeft, find, plantFault, startCompany } from './company.js';
import type { Company } from './company.js';
import { Workshop } from './workshop.js';
import type { Finding } from './workshop.js';

const kinds = Object.keys(choices) as ActionKind[];
const clouds = new AwsCloudProvider();
let servers: TestServers;
let pool: Pool;
let company: Company;
let workshop: Workshop;
/** Resources that a test has had: the next one takes others. */
const taken = new Set<string>();

beforeAll(async () => {
  [servers, company] = await Promise.all([testServers(), startCompany()]);
  pool = createPool({ url: `${servers.databaseUrl}?options=-csearch_path%3Dexecution`, connectMs: 60_000 });
  await migrate(pool, { schema: 'execution', migrations });
  workshop = new Workshop({
    artifacts: await openArtifacts(pool),
    journal: new PostgresActionJournal(pool),
    clouds,
    cloud: company.settings,
    commit: (write) => withTransaction(pool, write),
    patience: new Patience(20, 60_000, 300),
  });
});

afterAll(async () => {
  clouds.close();
  await company?.process.stop();
  await pool?.end();
  await servers?.dispose();
});

async function take(kind: ActionKind): Promise<Finding> {
  const found = await find(clouds, company, kind, taken);
  taken.add(found.resource.arn);
  return found;
}

async function operationsSince(count: number): Promise<string[]> {
  return (await audit(company)).slice(count).map((one) => one.operation.replace(/\d{4}-\d{2}-\d{2}$/, ''));
}

async function factsNow({ resource }: Finding): Promise<Facts> {
  const site = new CloudSites(clouds).open(company.settings, 'live').at(resource.accountId, resource.region);
  return factsOfLive(resource.type, await site.read({ by: 'id', type: resource.type, id: resource.id }));
}

describe('against the simulated company', () => {
  it('a dry run of every kind changes nothing, and a live run takes the steps that it predicted', async () => {
    const findings: Finding[] = [];
    for (const kind of kinds) findings.push(await take(kind));
    const before = (await audit(company)).length;
    const dry = await workshop.run('dry-all', 'dry-run', findings);
    expect(await operationsSince(before)).toEqual([]);
    expect(
      clouds
        .open({ ...company.settings })
        .requests()
        .filter((one) => one.mutating),
    ).toEqual([]);
    expect(dry.map((one) => [one.kind, one.status, one.error?.message])).toEqual(
      dry.map((one) => [one.kind, 'verified', undefined]),
    );

    const live = await workshop.run('live-all', 'live', findings);
    expect(live.map((one) => [one.kind, one.status, one.error?.message])).toEqual(
      live.map((one) => [one.kind, 'verified', undefined]),
    );
    const steps = (results: typeof dry): unknown =>
      Object.fromEntries(
        results.map((one) => [
          one.resourceArn,
          one.steps.map((step) => step.name.replaceAll(/act-\w+/g, 'act')),
        ]),
      );
    expect(steps(live)).toEqual(steps(dry));
    expect(await operationsSince(before)).toHaveLength(live.flatMap((one) => one.steps).length);
  });

  it.each(kinds)('%s is rolled back to what was there, or says why it cannot be', async (kind) => {
    const finding = await take(kind);
    const before = await factsNow(finding);
    const [done] = await workshop.run(`run-${kind}`, 'live', [finding]);
    expect(done).toMatchObject({ status: 'verified', kind });
    const { output } = await workshop.rollBack([done?.actionId ?? '']);
    const [result] = output.results;
    if (!done?.rollback.possible) {
      expect(result?.error?.code).toBe('execution.no-way-back');
      return;
    }
    expect([result?.status, result?.error]).toEqual(['rolled-back', undefined]);
    await expectRestored(done.actionId, finding, before);
  });

  it('nothing is done to a resource that changed since the scan', async () => {
    const finding = await take('logs.put-retention');
    const actions = clouds.open({ ...company.settings }).actions(finding.resource);
    await actions.logGroups.putRetention(finding.resource.id, 90);
    const before = (await audit(company)).length;
    const [result] = await workshop.run('drift', 'live', [finding]);
    expect(result).toMatchObject({ status: 'precondition-failed' });
    expect(result?.error?.message).toContain('retentionInDays was not set, is 90');
    expect(await operationsSince(before)).toEqual([]);
  });

  it.each(['ebs.delete-volume', 'ec2.release-address', 'ec2.resize-instance', 'ebs.modify-volume'] as const)(
    '%s is done once though every answer to its effects is lost',
    async (kind) => {
      const finding = await take(kind);
      const planned = await workshop.plan(`lost-${kind}`, 'live', [finding]);
      for (const operation of operations[kind]) {
        await plantFault(company, { kind: 'lostReply', operation, times: 1 });
      }
      const before = (await audit(company)).length;
      const outcome = await workshop.execute(`lost-${kind}`, planned);
      expect(outcome.output.byStatus).toEqual({ verified: 1 });
      expect(await faultsLeft(company)).toBe(0);
      expect(await operationsSince(before)).toEqual(operations[kind]);
    },
  );

  it.each(['ebs.delete-volume', 'ec2.resize-instance', 'ec2.release-address', 'logs.put-retention'] as const)(
    '%s is done once though the worker dies after each effect, before it can note it',
    async (kind) => {
      const finding = await take(kind);
      const dying = new Workshop({ ...workshop.parts });
      const planned = await dying.plan(`dies-${kind}`, 'live', [finding]);
      const before = (await audit(company)).length;
      const deaths = new Set<string>();
      const spy = afterEachEffect((step) => {
        if (deaths.has(step.do)) return;
        deaths.add(step.do);
        throw new AppError('spec.death', step.do);
      });
      try {
        for (let delivery = 0; delivery < 5; delivery += 1) {
          const outcome = await dying.execute(`dies-${kind}`, planned).catch((error: AppError) => error);
          if (!(outcome instanceof Error)) {
            expect(outcome.output.byStatus).toEqual({ verified: 1 });
            break;
          }
          expect(outcome.code).toBe('spec.death');
        }
      } finally {
        spy();
      }
      expect(await operationsSince(before)).toEqual(operations[kind]);
      expect(deaths.size).toBe(operations[kind].length);
    },
  );

  it('leaves no action with an open outcome behind', async () => {
    const { rows } = await pool.query(
      `SELECT count(*)::int AS open FROM actions WHERE status IN ('acting', 'rolling-back')`,
    );
    expect(rows).toEqual([{ open: 0 }]);
  });
});

const operations = {
  'ebs.delete-volume': ['CreateSnapshot', 'DeleteVolume'],
  'ec2.release-address': ['ReleaseAddress'],
  'ec2.resize-instance': ['StopInstances', 'ModifyInstanceAttribute', 'StartInstances'],
  'ebs.modify-volume': ['ModifyVolume'],
  'logs.put-retention': ['PutRetentionPolicy'],
} as const;

/** Calls `then` when an effect has been accepted, for every site; answers how to undo that. */
function afterEachEffect(then: (step: Step) => void): () => void {
  const site = new CloudSites(clouds).open(company.settings, 'live').at(accountId, region);
  const prototype = Object.getPrototypeOf(site) as { perform: (step: Step) => Promise<unknown> };
  const { perform } = prototype;
  prototype.perform = async function (this: unknown, step) {
    const made = await perform.call(this, step);
    then(step);
    return made;
  };
  return () => void (prototype.perform = perform);
}

/** A new start is a new launch, and what was deleted comes back under another id. */
async function expectRestored(actionId: string, finding: Finding, before: Facts): Promise<void> {
  const restored = await factsNow(finding);
  if (restored['exists'] === false) return expectAnew(actionId, finding);
  expect({ ...restored, launchedAt: null }).toEqual({ ...before, launchedAt: null });
}

async function expectAnew(actionId: string, { resource }: Finding): Promise<void> {
  const { rows } = await pool.query(`SELECT progress -> 'outputs' AS outputs FROM actions WHERE id = $1`, [
    actionId,
  ]);
  const actions = clouds.open({ ...company.settings }).actions(resource);
  expect(['ec2:volume', 'ec2:elastic-ip']).toContain(resource.type);
  const { volumeId, allocationId } = rows[0].outputs as { volumeId?: string; allocationId?: string };
  if (resource.type === 'ec2:volume') {
    const { volumeType, sizeGiB, availabilityZone } = resource.attributes;
    expect(await actions.volumes.describe(volumeId ?? '')).toMatchObject({
      volumeType,
      sizeGiB,
      availabilityZone,
      tags: resource.tags,
      state: 'available',
    });
  }
  if (resource.type === 'ec2:elastic-ip') {
    const address = await actions.addresses.describe(allocationId ?? '');
    expect(address).toMatchObject({ publicIp: resource.attributes.publicIp, tags: resource.tags });
  }
}
