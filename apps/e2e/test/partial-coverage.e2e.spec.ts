import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DemoResult } from '@trimtab/contracts';
import type { CliResult, System } from '../src/index.js';
import { scoreWaste, startSystem, trimtab } from '../src/index.js';

describe('a run that may not read one service in one region', () => {
  let system: System;
  let cli: CliResult;

  beforeAll(async () => {
    system = await startSystem();
    await system.cloud.fail({ kind: 'deny', service: 'rds', region: 'eu-west-1' });
    // JSON is YAML too.
    writeFileSync(join(system.folder, 'trimtab.yaml'), JSON.stringify(system.cloud.settings(), null, 2));
    const gateway = ['--gateway', system.client.baseUrl];
    cli = await trimtab(['run', 'optimize', '--json', ...gateway], { cwd: system.folder });
  });
  afterAll(() => system?.dispose());

  it('completes and ends with exit code 3, partial', () => {
    expect([cli.code, cli.stderr.slice(-500)]).toEqual([3, expect.any(String)]);
    const result = DemoResult.parse(JSON.parse(cli.stdout));
    expect(result.run.status).toBe('COMPLETED');
    expect(result.coverage).toEqual({ scanned: 40, failed: 2 });
  });

  it('says for each account what was not scanned and why', async () => {
    const { run } = DemoResult.parse(JSON.parse(cli.stdout));
    const { coverage } = await system.client.call('runInventory', { params: { runId: run.id } });
    const failed = coverage.filter(({ status }) => status === 'failed');
    expect(failed.map(({ accountId }) => accountId).sort()).toEqual(
      system.cloud.company.accounts.map(({ id }) => id).sort(),
    );
    for (const entry of failed) {
      expect(entry).toMatchObject({ region: 'eu-west-1', service: 'rds', resources: 0 });
      expect(entry.error?.message).toMatch(/rds/i);
    }
  });

  it('finds the waste everywhere else, and nothing that it could not see', async () => {
    const { run } = DemoResult.parse(JSON.parse(cli.stdout));
    const query = { runId: run.id, limit: 1000 };
    const { items } = await system.client.call('listRecommendations', { query });
    const unseen = (one: { check: string; region: string }): boolean =>
      one.check.startsWith('RDS') && one.region === 'eu-west-1';
    const waste = system.cloud.truth.waste.filter((one) => !unseen(one));
    expect(waste.length).toBeLessThan(system.cloud.truth.waste.length);
    expect(scoreWaste({ ...system.cloud.truth, waste }, items)).toEqual({ missed: [], wrong: [] });
  });

  it('gets through throttling and errors that pass', async () => {
    await system.cloud.heal();
    // One call is tried six times: whoever is unlucky five times in a row gets through.
    for (const region of system.cloud.company.regions)
      for (const service of ['ec2', 'rds', 'lambda', 's3', 'elasticloadbalancing', 'monitoring', 'logs']) {
        await system.cloud.fail({ kind: 'throttle', service, region, probability: 0.5, times: 3 });
        await system.cloud.fail({ kind: 'error5xx', service, region, probability: 0.5, times: 2 });
      }
    const { run, findings } = await system.optimize();
    expect(run.status).toBe('COMPLETED');
    expect(findings.inventory.coverage.filter(({ status }) => status !== 'scanned')).toEqual([]);
    expect(scoreWaste(system.cloud.truth, findings.recommendations)).toEqual({ missed: [], wrong: [] });
  });
});
