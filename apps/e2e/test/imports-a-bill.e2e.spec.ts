import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { CostImport } from '@trimtab/contracts';
import { eventually } from '@trimtab/testing';
import type { System } from '../src/index.js';
import { inRepository, startSystem, trimtab } from '../src/index.js';
import { Bill } from './bill.js';

/** The published FOCUS 1.0 sample; its notice (CC BY 4.0) lies beside it. */
const sample = inRepository('apps/discovery/test/data/focus_1_0_sample_1000.csv.gz');
const plain = gunzipSync(readFileSync(sample)).toString('utf8');
const bill = new Bill(plain);

describe('trimtab costs import', () => {
  let system: System;

  beforeAll(async () => {
    system = await startSystem({ services: ['discovery', 'gateway'] });
  });
  afterAll(() => system?.dispose());

  const cli = (file: string, ...more: string[]) =>
    trimtab(['costs', 'import', file, '--json', '--gateway', system.client.baseUrl, ...more], {
      cwd: system.folder,
    });
  const imported = async (file: string, ...more: string[]): Promise<CostImport> => {
    const { code, stdout, stderr } = await cli(file, ...more);
    expect({ code, stderr }).toMatchObject({ code: 0 });
    return CostImport.parse(JSON.parse(stdout));
  };
  const written = (name: string, content: string | Uint8Array): string => {
    const path = join(system.folder, name);
    writeFileSync(path, content);
    return path;
  };

  it('works by itself when nothing runs, and tells rows, periods, currencies and exact totals', async () => {
    const own = join(system.folder, 'own');
    const args = ['costs', 'import', sample, '--json', '--data-dir', own];
    const { code, stdout, stderr } = await trimtab(args, { cwd: system.folder });
    expect({ code, stderr }).toMatchObject({ code: 0 });
    const result = CostImport.parse(JSON.parse(stdout));
    expect(result).toMatchObject({
      status: 'imported',
      rows: bill.rows.length,
      currencies: ['USD'],
      totals: [
        { currency: 'USD', billedCost: bill.sum('BilledCost'), effectiveCost: bill.sum('EffectiveCost') },
      ],
    });
    const periods = new Set(bill.column('BillingPeriodStart').map((day) => day.slice(0, 10)));
    expect(new Set(result.billingPeriods.map(({ start }) => start))).toEqual(periods);
    expect(result.billingPeriods.reduce((sum, { rows }) => sum + rows, 0)).toBe(bill.rows.length);
  });

  it('changes nothing when the same file comes again', async () => {
    const first = await imported(sample, '--source', 'sample');
    const again = await imported(sample, '--source', 'sample');
    expect(first.status).toBe('imported');
    expect(again).toEqual({ ...first, status: 'unchanged' });
    await eventually(async () => {
      expect((await system.client.call('showSpend', {}))?.totals).toEqual(first.totals);
      return true;
    });
  });

  it('replaces the billing period of a source by a newer file', async () => {
    const first = written(
      'first.csv',
      bill.csv((index) => index < 300),
    );
    const newer = bill.csv(
      (index) => index < 200,
      (row) => ({ ...row, BilledCost: '1.000000000000000001' }),
    );
    const before = await imported(first, '--source', 'replaced');
    expect(before.billingPeriods.map(({ replaced }) => replaced)).not.toContain(true);
    const after = await imported(written('newer.csv.gz', gzipSync(newer)), '--source', 'replaced');
    expect(after).toMatchObject({ status: 'imported', rows: 200 });
    expect(after.billingPeriods.map(({ replaced }) => replaced)).not.toContain(false);
    expect(after.totals[0]?.billedCost).toBe('200.0000000000000002');
    expect(after.totals[0]?.billedCost).toBe(new Bill(newer).sum('BilledCost'));
  });

  const refusal = async (file: string) => {
    const { code, stdout } = await cli(file, '--source', 'broken');
    expect(code).toBe(1);
    return (
      JSON.parse(stdout) as { error: { code: string; message: string; details: Record<string, unknown> } }
    ).error;
  };

  it('refuses a file without a needed column and names it', async () => {
    const error = await refusal(written('column.csv', bill.csv(undefined, undefined, ['BilledCost'])));
    expect(error.code).toBe('costs.invalid-file');
    expect(error.message).toMatch(/BilledCost/);
  });

  it('refuses a file with a bad number, with its line, and imports none of its rows', async () => {
    const bad = bill.csv(undefined, (row, index) => (index === 41 ? { ...row, EffectiveCost: '12,5' } : row));
    const error = await refusal(written('number.csv', bad));
    expect(error.code).toBe('costs.invalid-file');
    // Line 1 is the header.
    expect(error.details).toMatchObject({ line: 43, column: 'EffectiveCost' });
    const repaired = await imported(written('number.csv', bill.csv()), '--source', 'broken');
    expect(repaired.billingPeriods.map(({ replaced }) => replaced)).not.toContain(true);
  });

  it.each([
    [
      'a gzip file that ends too early',
      () => readFileSync(sample).subarray(0, 20_000),
      'cut.csv.gz',
      /gzip|truncat|end/i,
    ],
    ['a file with nothing in it', () => Buffer.alloc(0), 'empty.csv', /empty|header|column/i],
    ['a file that is something else', () => Buffer.from('<html></html>'), 'page.csv', /column|header/i],
  ])('refuses %s with the reason', async (_what, content, name, why) => {
    const error = await refusal(written(name, content()));
    expect(error.code).toBe('costs.invalid-file');
    expect(error.message).toMatch(why);
  });
});
