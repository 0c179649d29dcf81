import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import type { AppError } from '@trimtab/kernel';
import { csv, row } from '../../test/bill.fixtures.js';
import { inspectBill, readBill } from './focus-bill.duckdb.js';
import type { ReadBill } from './focus-bill.duckdb.js';

const sample = join(import.meta.dirname, '../../test/data/focus_1_0_sample_1000.csv.gz');
describe('reading a FOCUS bill', () => {
  let folder: string;
  beforeAll(async () => void (folder = await mkdtemp(join(tmpdir(), 'focus-spec-'))));
  afterAll(() => rm(folder, { recursive: true, force: true }));

  let files = 0;
  const fileOf = async (content: string | Uint8Array): Promise<string> => {
    const path = join(folder, `bill-${(files += 1)}`);
    await writeFile(path, content);
    return path;
  };
  const read = async <T>(
    path: string,
    use: (bill: ReadBill) => Promise<T> | T,
    source?: string,
  ): Promise<T> => {
    const bill = await readBill(await inspectBill(path), source);
    try {
      return await use(bill);
    } finally {
      await bill.close();
    }
  };
  const refusal = async (content: string | Uint8Array): Promise<AppError> => {
    const path = await fileOf(content);
    return read(path, () => undefined).then(
      () => {
        throw new Error('the file was accepted');
      },
      (error: AppError) => error,
    );
  };

  it('sums the published sample exactly, as Python’s decimal module does', async () => {
    const found = await read(sample, ({ rows, totals, periods, focusVersion }) => ({
      rows,
      totals,
      periods,
      focusVersion,
    }));
    expect(found.rows).toBe(1000);
    expect(found.focusVersion).toBe('1.0');
    expect(found.totals).toEqual([
      { currency: 'USD', billedCost: '20.52022672899', effectiveCost: '14.97651418586' },
    ]);
    expect(found.periods.reduce((sum, period) => sum + period.rows, 0)).toBe(1000);
    expect(found.periods).toHaveLength(4);
  });

  it('gives the same answer for the unpacked file', async () => {
    const path = await fileOf(gunzipSync(await readFile(sample)));
    expect(await read(path, ({ totals }) => totals)).toEqual(await read(sample, ({ totals }) => totals));
  });

  it('gathers rows into daily cells and keeps every decimal', async () => {
    const path = await fileOf(
      csv(row(), row({ BilledCost: '0.000000000000000000000001' }), row({ BilledCost: '1E-7' })),
    );
    const facts = await read(path, async (bill) => {
      const all = [];
      for await (const fact of bill.facts()) all.push(fact);
      return all;
    });
    expect(facts).toEqual([
      {
        source: 'aws/42',
        billingPeriod: '2026-10-01',
        fact: {
          day: '2026-10-05',
          accountId: '43',
          region: 'us-east-1',
          service: 'Compute',
          usageType: 'SKU',
          chargeCategory: 'Usage',
          billedCost: '1.100000100000000000000001',
          effectiveCost: '2.7',
          listCost: null,
          consumedQuantity: '6',
          consumedUnit: 'Hrs',
          currency: 'USD',
        },
      },
    ]);
  });

  it('takes the provider under its old name, fields with line breaks, and a byte order mark', async () => {
    const text = csv(row({ ServiceName: '"Com\npute, ""new"""' })).replace(
      'ServiceProviderName',
      'ProviderName',
    );
    const path = await fileOf(`\uFEFF${text}`);
    const [services, version] = await read(path, async (bill) => {
      const names = [];
      for await (const { fact } of bill.facts()) names.push(fact.service);
      return [names, bill.focusVersion] as const;
    });
    expect(services).toEqual(['Com\npute, "new"']);
    expect(version).toBe('1.0');
  });

  it('reads Parquet with decimals, floats and timestamps', async () => {
    const { DuckDBInstance } = await import('@duckdb/node-api');
    const connection = await (await DuckDBInstance.create(':memory:')).connect();
    const path = join(folder, 'bill.parquet');
    const from = await fileOf(csv(row(), row({ BilledCost: '0.1', EffectiveCost: '0.2' })));
    await connection.run(`COPY (SELECT * REPLACE (CAST(BilledCost AS DECIMAL(30, 15)) AS BilledCost,
      CAST(EffectiveCost AS DOUBLE) AS EffectiveCost, CAST(ChargePeriodStart AS TIMESTAMP) AS ChargePeriodStart)
      FROM read_csv('${from}', all_varchar = true, nullstr = 'NULL')) TO '${path}' (FORMAT parquet)`);
    expect(await read(path, ({ totals }) => totals)).toEqual([
      { currency: 'USD', billedCost: '1.2', effectiveCost: '1.1' },
    ]);
  });

  it('keeps currencies apart', async () => {
    const path = await fileOf(csv(row(), row({ BillingCurrency: 'EUR' })));
    expect(await read(path, ({ totals }) => totals.map(({ currency }) => currency))).toEqual(['EUR', 'USD']);
  });

  it.each([
    ['an empty file', '', { reason: 'empty' }],
    ['a header without rows', csv(), { reason: 'no rows' }],
    [
      'a missing column',
      csv(row()).replace('BilledCost', 'Cost'),
      { line: 1, column: 'BilledCost', reason: 'missing' },
    ],
    [
      'a column that is there twice',
      csv(row()).replace('SkuId', 'RegionId'),
      { line: 1, column: 'RegionId', reason: 'twice' },
    ],
    [
      'a bad number',
      csv(row(), row({ EffectiveCost: 'abc' })),
      { line: 3, column: 'EffectiveCost', reason: '"abc"' },
    ],
    [
      'a number with separators',
      csv(row({ BilledCost: '1_000' })),
      { line: 2, column: 'BilledCost', reason: '1_000' },
    ],
    [
      'more decimals than are kept',
      csv(row({ BilledCost: '1E-25' })),
      { line: 2, column: 'BilledCost', reason: 'decimals' },
    ],
    [
      'a missing amount',
      csv(row({ BilledCost: 'NULL' })),
      { line: 2, column: 'BilledCost', reason: 'missing' },
    ],
    [
      'a bad date',
      csv(row(), row(), row({ ChargePeriodStart: '2026-13-05' })),
      { line: 4, column: 'ChargePeriodStart', reason: 'date' },
    ],
    [
      'an unknown category',
      csv(row({ ChargeCategory: 'Gift' })),
      { line: 2, column: 'ChargeCategory', reason: 'Gift' },
    ],
    ['a row with too few fields', csv(row(), '1,2,3', row()), { line: 3, reason: '' }],
    ['a row with too many fields', csv(row(), `${row()},x`), { line: 3, reason: '' }],
    ['a quote that never ends', csv(row(), row({ ServiceName: '"Compute' })), { reason: 'quote' }],
  ])('refuses %s and tells where', async (_, content, { reason, ...place }) => {
    const error = await refusal(content);
    expect(error.code).toBe('costs.invalid-file');
    expect(error.retry).toBe('never');
    expect(error.details).toMatchObject(place);
    expect(String(error.details.reason)).toContain(reason);
  });

  it('counts lines, not records, when fields hold line breaks', async () => {
    const error = await refusal(csv(row({ ServiceName: '"a\nb\nc"' }), row({ BilledCost: 'x' })));
    expect(error.details).toMatchObject({ line: 5, column: 'BilledCost' });
  });

  it('refuses a truncated gzip file with the line where it ends', async () => {
    const packed = gzipSync(
      csv(...Array.from({ length: 5_000 }, (_, i) => row({ BilledCost: String(i * 7919) }))),
    );
    const error = await refusal(packed.subarray(0, packed.length - 200));
    expect(error.code).toBe('costs.invalid-file');
    expect(String(error.details.reason)).toContain('truncated');
    expect(Number(error.details.line)).toBeGreaterThan(1);
  });

  it('refuses a file whose encoding changes in the middle', async () => {
    const text = Buffer.from(csv(row(), row({ ServiceName: 'Zürich' })), 'latin1');
    expect((await refusal(text)).details).toMatchObject({
      line: 3,
      reason: expect.stringContaining('UTF-8'),
    });
    const wide = Buffer.from(csv(row()), 'utf16le');
    expect((await refusal(wide)).code).toBe('costs.invalid-file');
  });

  it('refuses a truncated Parquet file', async () => {
    expect((await refusal(Buffer.from('PAR1 and nothing more'))).code).toBe('costs.invalid-file');
  });

  it('names no file that is not there', async () => {
    await expect(inspectBill(join(folder, 'nowhere.csv'))).rejects.toMatchObject({
      code: 'costs.file-not-found',
    });
  });
});
