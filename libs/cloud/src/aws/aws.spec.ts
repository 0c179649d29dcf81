import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { gridLength, wholePeriods } from '../ports/metrics.port.js';
import type { MetricQuery } from '../ports/metrics.port.js';
import { cloudError } from './aws-errors.js';
import { remembered } from './credentials.js';
import { emptyGrid, requestBatches } from './metrics.aws.js';
import { mapConcurrently, Pace } from './pacing.js';
import { pricedProduct } from './price-list.mapping.js';

const place = { service: 'ec2', operation: 'DescribeVolumes', accountId: '1', region: 'eu-west-1' };
const awsError = (name: string, status: number, message = 'text'): Error =>
  Object.assign(new Error(message), { name, $metadata: { httpStatusCode: status, requestId: 'r-1' } });

describe('errors of AWS', () => {
  it.each([
    ['UnauthorizedOperation', 403, 'cloud.access-denied', 'never'],
    ['AccessDenied', 403, 'cloud.access-denied', 'never'],
    ['AccessDeniedException', 400, 'cloud.access-denied', 'never'],
    ['RequestLimitExceeded', 503, 'cloud.throttled', 'later'],
    ['ThrottlingException', 400, 'cloud.throttled', 'later'],
    ['SlowDown', 503, 'cloud.throttled', 'later'],
    ['ExpiredToken', 400, 'cloud.credentials-expired', 'later'],
    ['InvalidClientTokenId', 403, 'cloud.credentials', 'never'],
    ['OptInRequired', 401, 'cloud.region-disabled', 'never'],
    ['InvalidVolume.NotFound', 400, 'cloud.not-found', 'never'],
    ['NoSuchLifecycleConfiguration', 404, 'cloud.not-found', 'never'],
    ['DBInstanceNotFoundFault', 404, 'cloud.not-found', 'never'],
    ['UnknownOperationException', 404, 'cloud.refused', 'never'],
    ['IncorrectInstanceState', 400, 'cloud.refused', 'never'],
    ['InternalError', 500, 'cloud.unavailable', 'later'],
    ['SomethingNew', 502, 'cloud.unavailable', 'later'],
    ['SomethingNew', 429, 'cloud.throttled', 'later'],
  ])('%s (%i) is %s', (name, status, code, retry) => {
    expect(cloudError(awsError(name, status), place)).toMatchObject({
      code,
      retry,
      details: { ...place, awsCode: name },
    });
  });

  it('calls a broken connection unavailable', () => {
    const error = Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' });
    expect(cloudError(error, place)).toMatchObject({ code: 'cloud.unavailable', retry: 'later' });
  });

  it('never repeats keys or signatures', () => {
    const text = 'Credential=AKIAIOSFODNN7EXAMPLE/2026 Signature=abcdef of AKIAIOSFODNN7EXAMPLE';
    for (const name of ['SignatureDoesNotMatch', 'IncorrectState', 'InvalidVolume.NotFound']) {
      const error = cloudError(awsError(name, 400, text), place);
      expect(JSON.stringify([error.message, error.details])).not.toMatch(/AKIAIOSF|abcdef/);
    }
  });
});

describe('pace', () => {
  it('keeps to its rate over time and to its concurrency always', async () => {
    let now = 0;
    const slept: number[] = [];
    const clock = {
      now: () => now,
      sleep: async (ms: number) => {
        slept.push(ms);
        now += ms;
      },
    };
    const pace = new Pace({ concurrency: 1, requestsPerSecond: 2 }, clock);
    for (let i = 0; i < 6; i += 1) await pace.run(async () => undefined);
    expect(now).toBe(2_000);
    expect(slept).toHaveLength(4);
  });

  it('lets no more through at once than allowed, also after failures', async () => {
    const pace = new Pace({ concurrency: 3, requestsPerSecond: Infinity });
    let running = 0;
    let most = 0;
    const work = async (i: number): Promise<void> => {
      running += 1;
      most = Math.max(most, running);
      await new Promise((resolve) => setTimeout(resolve, 1));
      running -= 1;
      if (i % 4 === 0) throw new Error('one of many');
    };
    await Promise.allSettled(Array.from({ length: 20 }, (_, i) => pace.run(() => work(i))));
    expect([most, running]).toEqual([3, 0]);
  });

  it('keeps the order of concurrent work and reports a failure in its turn', async () => {
    const seen: number[] = [];
    const run = async (): Promise<void> => {
      const results = mapConcurrently([1, 2, 3, 4], 3, async (n) => {
        if (n === 3) throw new Error('third');
        return n;
      });
      for await (const n of results) seen.push(n);
    };
    await expect(run()).rejects.toThrow('third');
    expect(seen).toEqual([1, 2]);
  });
});

describe('metric requests', () => {
  const query = (days: number, period: number, i: number): MetricQuery => ({
    namespace: 'N',
    metric: `m${i}`,
    dimensions: {},
    stat: 'Sum',
    period,
    ...wholePeriods(Date.UTC(2026, 10, 21, 10, 7, 3), days, period),
  });

  it('holds every query exactly once within both limits of a request', () => {
    const kinds = fc.constantFrom([14, 300], [14, 3600], [30, 86400], [63, 300]);
    fc.assert(
      fc.property(fc.array(kinds, { minLength: 520, maxLength: 1_200, size: 'max' }), (wanted) => {
        const queries = wanted.map(([days = 1, period = 300], i) => query(days, period, i));
        const batches = requestBatches(queries);
        expect(
          batches
            .flat()
            .map(({ index }) => index)
            .sort((a, b) => a - b),
        ).toEqual(queries.map((_, i) => i));
        for (const batch of batches) {
          expect(batch.length).toBeLessThanOrEqual(500);
          expect(batch.reduce((sum, one) => sum + gridLength(one.query), 0)).toBeLessThanOrEqual(100_800);
          expect(new Set(batch.map((one) => `${one.query.start} ${one.query.end}`)).size).toBe(1);
        }
      }),
      { numRuns: 30 },
    );
  });

  it('puts at most 500 short series into one request', () => {
    const queries = Array.from({ length: 1_100 }, (_, i) => query(30, 86_400, i));
    expect(requestBatches(queries).map((batch) => batch.length)).toEqual([500, 500, 100]);
  });

  it('asks for whole periods that are over', () => {
    const { start, end } = wholePeriods(Date.UTC(2026, 10, 21, 10, 7, 3), 14, 3600);
    expect(new Date(end).toISOString()).toBe('2026-11-21T10:00:00.000Z');
    expect(emptyGrid({ ...query(14, 3600, 0), start, end }).values).toHaveLength(14 * 24);
  });
});

describe('credentials', () => {
  it('are asked for once, and again five minutes before they expire', async () => {
    let now = 0;
    let asked = 0;
    const source = remembered(
      async () => ({
        accessKeyId: `k${(asked += 1)}`,
        secretAccessKey: 's',
        expiration: new Date(now + 3_600_000),
      }),
      () => now,
    );
    await Promise.all([source(), source()]);
    expect(asked).toBe(1);
    now = 3_600_000 - 300_001;
    expect((await source()).accessKeyId).toBe('k1');
    now += 2;
    expect((await source()).accessKeyId).toBe('k2');
  });

  it('that could not be had are asked for again', async () => {
    let fail = true;
    const source = remembered(async () => {
      if (fail) throw new Error('no');
      return { accessKeyId: 'k', secretAccessKey: 's' };
    });
    await expect(source()).rejects.toThrow('no');
    fail = false;
    expect((await source()).accessKeyId).toBe('k');
  });
});

describe('price list', () => {
  it('reads every tier and currency of the on-demand terms', () => {
    const text = JSON.stringify({
      product: { sku: 'S', productFamily: 'Storage', attributes: { usagetype: 'TimedStorage' } },
      terms: {
        OnDemand: {
          'S.T': {
            effectiveDate: '2026-11-01T00:00:00Z',
            priceDimensions: {
              a: { unit: 'GB-Mo', beginRange: '0', pricePerUnit: { USD: '0.0230000000' } },
              b: { unit: 'GB-Mo', beginRange: '51200', pricePerUnit: { USD: '0.0220000000' } },
            },
          },
        },
        Reserved: { 'S.R': { priceDimensions: { c: { unit: 'Hrs', pricePerUnit: { USD: '1' } } } } },
      },
    });
    expect(
      pricedProduct('AmazonS3', text).prices.map(({ beginRange, price }) => [beginRange, price]),
    ).toEqual([
      ['0', '0.0230000000'],
      ['51200', '0.0220000000'],
    ]);
    expect(() => pricedProduct('AmazonS3', '{')).toThrow('not JSON');
  });
});
