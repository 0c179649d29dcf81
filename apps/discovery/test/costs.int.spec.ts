import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CostImport, eventContracts } from '@trimtab/contracts';
import type { CostFact } from '@trimtab/contracts';
import { MemoryCloudProvider } from '@trimtab/cloud/testing';
import { testServers } from '@trimtab/embedded/testing';
import type { TestServers } from '@trimtab/embedded/testing';
import { migrate, openArtifacts, PostgresOutbox, workerMigrations } from '@trimtab/event-store';
import type { Artifacts } from '@trimtab/event-store';
import pg from 'pg';
import { FetchCosts, FetchCostsHandler } from '../src/handlers/fetch-costs.js';
import { ImportCosts, ImportCostsHandler } from '../src/handlers/import-costs.js';
import { PostgresBillImports } from '../src/outbound/bill-imports.repository.js';
import { PostgresImportedCosts } from '../src/outbound/imported-costs.js';
import { migrations } from '../src/outbound/migrations.js';
import { csv, row } from './bill.fixtures.js';
import { allOf, asOf, clock, cloud, contextOf, taskOf } from './task.fixtures.js';

const sample = join(import.meta.dirname, 'data/focus_1_0_sample_1000.csv.gz');
let servers: TestServers;
let pool: pg.Pool;
let artifacts: Artifacts;
let folder: string;
let outbox: PostgresOutbox;
let imports: ImportCostsHandler;

beforeAll(async () => {
  servers = await testServers();
  pool = new pg.Pool({ connectionString: servers.databaseUrl, options: '-c search_path=discovery' });
  await migrate(pool, { schema: 'discovery', migrations: [...workerMigrations, ...migrations] });
  outbox = new PostgresOutbox(pool, 'discovery');
  artifacts = await openArtifacts(pool);
  imports = new ImportCostsHandler(new PostgresBillImports(pool, outbox), artifacts, clock);
  folder = await mkdtemp(join(tmpdir(), 'trimtab-costs-'));
});
afterAll(async () => {
  await pool?.end();
  await servers?.dispose();
  await rm(folder, { recursive: true, force: true });
});
beforeEach(() => pool.query('TRUNCATE cost_facts, bill_periods, cost_imports'));

const importFile = (path: string, source?: string): Promise<CostImport> =>
  imports.execute(new ImportCosts({ path, source }));
let files = 0;
async function fileOf(content: string): Promise<string> {
  const path = join(folder, `bill-${(files += 1)}.csv`);
  await writeFile(path, content);
  return path;
}
async function billed(): Promise<string | null> {
  const { rows } = await pool.query<{ sum: string | null }>(
    'SELECT trim_scale(sum(billed_cost))::text AS sum FROM cost_facts',
  );
  return rows[0]?.sum ?? null;
}
const fetched = async () => {
  const handler = new FetchCostsHandler(
    new MemoryCloudProvider(),
    artifacts,
    new PostgresImportedCosts(pool),
  );
  const input = { cloud, costs: { source: 'imported' as const }, asOf };
  const { output } = await handler.execute(new FetchCosts(taskOf('discovery.costs', input), contextOf()));
  return { output, facts: await allOf(artifacts.readNdjson<CostFact>(output.facts)) };
};

describe('importing bills', () => {
  it('keeps the published sample exactly, down to the facts that other stages get', async () => {
    const imported = CostImport.parse(await importFile(sample));
    expect(imported).toMatchObject({
      status: 'imported',
      rows: 1000,
      format: 'focus-csv.gz',
      focusVersion: '1.0',
    });
    expect(await billed()).toBe('20.52022672899');
    const { output, facts } = await fetched();
    expect(output.totals).toEqual([
      { currency: 'USD', billedCost: '20.52022672899', effectiveCost: '14.97651418586' },
    ]);
    expect(facts.map(({ day }) => day)).toEqual(facts.map(({ day }) => day).sort());
    expect(output).toMatchObject({ firstDay: facts[0]?.day, lastDay: facts.at(-1)?.day });
  });

  it('changes nothing when the same file comes again, also under another name and as an artifact', async () => {
    const first = await importFile(sample);
    const again = await importFile(sample);
    expect(again).toEqual({ ...first, status: 'unchanged' });
    const content = await import('node:fs').then(({ createReadStream }) =>
      artifacts.put(createReadStream(sample)),
    );
    const third = await imports.execute(new ImportCosts({ artifact: content }));
    expect(third).toMatchObject({ importId: first.importId, status: 'unchanged' });
    expect(await billed()).toBe('20.52022672899');
  });

  it('replaces only the periods of the same source that a newer file brings', async () => {
    const october = row();
    const november = row({
      BillingPeriodStart: '2026-11-01',
      BillingPeriodEnd: '2026-12-01',
      ChargePeriodStart: '2026-11-02',
    });
    const other = row({ BillingAccountId: '77', BilledCost: '5' });
    await importFile(await fileOf(csv(october, november, other)));
    expect(await billed()).toBe('7.2');
    const newer = await importFile(await fileOf(csv(row({ BilledCost: '3.3' }))));
    expect(newer.billingPeriods).toEqual([
      { start: '2026-10-01', end: '2026-11-01', rows: 1, replaced: true },
    ]);
    expect(await billed()).toBe('9.4');
  });

  it('brings an old file back when it was replaced in the meantime', async () => {
    const old = await fileOf(csv(row()));
    await importFile(old);
    await importFile(await fileOf(csv(row({ BilledCost: '8' }))));
    expect(await importFile(old)).toMatchObject({ status: 'imported', billingPeriods: [{ replaced: true }] });
    expect(await billed()).toBe('1.1');
  });

  it('keeps named sources apart from derived ones', async () => {
    const path = await fileOf(csv(row()));
    await importFile(path);
    expect(await importFile(path, 'partner')).toMatchObject({ status: 'imported', source: 'partner' });
    expect(await importFile(path, 'partner')).toMatchObject({ status: 'unchanged' });
    expect(await billed()).toBe('2.2');
  });

  it('leaves everything as it was when a file is broken', async () => {
    await importFile(await fileOf(csv(row())));
    const broken = await fileOf(
      csv(...Array.from({ length: 3_000 }, () => row()), row({ EffectiveCost: '1,0' })),
    );
    await expect(importFile(broken)).rejects.toMatchObject({
      code: 'costs.invalid-file',
      details: { line: 3_002 },
    });
    expect(await billed()).toBe('1.1');
  });

  it('counts a period once when two imports of it run at the same time', async () => {
    const paths = await Promise.all([1, 2, 3, 4].map((n) => fileOf(csv(row({ BilledCost: `${n}` })))));
    await Promise.all(paths.map((path) => importFile(path)));
    const { rows } = await pool.query('SELECT count(*)::int AS count FROM cost_facts');
    expect(rows).toEqual([{ count: 1 }]);
  });

  it('adds up what came from several sources on one day', async () => {
    await importFile(await fileOf(csv(row())), 'one');
    await importFile(await fileOf(csv(row({ BilledCost: '0.000000000000000000000001' }))), 'two');
    const { facts } = await fetched();
    expect(facts).toMatchObject([{ day: '2026-10-05', billedCost: '1.100000000000000000000001' }]);
  });
});

describe('subscribers', () => {
  it('are told what all bills in force come to, once per import', async () => {
    await pool.query('DELETE FROM outbox');
    await importFile(await fileOf(csv(row())), 'one');
    await importFile(await fileOf(csv(row({ BilledCost: '2' }), row({ ServiceName: 'Disk' }))), 'two');
    await expect(importFile(await fileOf(csv(row({ BilledCost: 'x' }))), 'two')).rejects.toThrow();
    const [first, second, ...more] = await outbox.unsent(10);
    expect(more).toEqual([]);
    expect(Number(second?.envelope.sequence)).toBe(Number(first?.envelope.sequence) + 1);
    expect(first?.subject).toBe('trimtab.evt.cost.imported.v1');
    expect(eventContracts['trimtab.cost.imported.v1'].parse(second?.envelope.data)).toMatchObject({
      source: 'imported',
      rows: 3,
      totals: [{ currency: 'USD', billedCost: '4.2', effectiveCost: '2.7' }],
      facts: [
        { day: '2026-10-05', accountId: '43', service: 'Compute', billedCost: '3.1' },
        { service: 'Disk', billedCost: '1.1' },
      ],
    });
  });
});

describe('costs of Cost Explorer', () => {
  it('replace the days that they bring again', async () => {
    const clouds = new MemoryCloudProvider();
    const cell = { keys: ['EC2', 'Box'], estimated: false, day: '2026-11-20' };
    const handler = new FetchCostsHandler(clouds, artifacts, new PostgresImportedCosts(pool));
    for (const amount of ['0.1', '0.3']) {
      const amounts = { UnblendedCost: { amount, unit: 'USD' }, AmortizedCost: { amount, unit: 'USD' } };
      clouds.cloud.world.costs.set('111122223333 us-east-1 Usage', [{ ...cell, amounts }]);
      const outcome = await handler.execute(
        new FetchCosts(taskOf('discovery.costs', { cloud, costs: {}, asOf }), contextOf()),
      );
      const tx = await pool.connect();
      await outcome.write?.(tx);
      tx.release();
    }
    expect(await billed()).toBe('0.3');
  });
});
