import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { join } from 'node:path';
import { subjects, taskContracts } from '@trimtab/contracts';
import { ServiceAlone } from '@trimtab/service/testing';
import { service } from '../src/index.js';

/** Its engines work where the settings name them. */
process.env['TRIMTAB_PLUGINS'] = join(import.meta.dirname, '../../../examples/06-plugin/engines.mjs');

let alone: ServiceAlone;
beforeAll(async () => {
  alone = await ServiceAlone.start(service);
});
afterAll(() => alone?.stop());

const input = {
  runId: 'run-1',
  mode: 'dry-run',
  coverage: [],
  resourceCounts: { ec2: 3 },
  costs: null,
  recommendations: null,
  anomalies: [],
  budgets: [],
  plan: null,
  results: null,
  failedTasks: [{ taskId: 'budgets', message: 'The bill has no day in this month.' }],
  asOf: '2026-11-20T05:00:00.000Z',
};

describe('the reporting service', () => {
  it('answers with a report in every format, says what failed, and tells that it is there', async () => {
    const told = await alone.next(subjects.event('trimtab.report.created.v1'));
    const { data } = await alone.ask('reporting.compile', { runId: 'run-1', taskId: 'report', input });
    expect(data).toMatchObject({ status: 'completed' });
    const report = taskContracts['reporting.compile'].output.parse((data as { output: unknown }).output);
    expect(report.formats.map(({ format }) => format).sort()).toEqual(['html', 'json', 'markdown']);
    expect((await told.envelope).data).toEqual({ runId: 'run-1', report });
    for (const { artifact } of report.formats) {
      const text = Buffer.from(await alone.artifacts.bytes(artifact.ref)).toString();
      expect(text).toContain('The bill has no day in this month.');
    }
  });

  it('refuses an input that breaks its contract, with every problem', async () => {
    const broken = { ...input, mode: 'wet', asOf: 'today' };
    const { data } = await alone.ask('reporting.compile', {
      runId: 'run-2',
      taskId: 'report',
      input: broken,
    });
    expect(data).toMatchObject({ status: 'failed', error: { retry: 'never' } });
    expect(JSON.stringify(data)).toMatch(/mode[^]*asOf/);
  });

  it('O27 gives the format of a plugin its template, and leaves the others as they ship', async () => {
    const { data } = await alone.ask('reporting.compile', { runId: 'run-3', taskId: 'report', input });
    const report = taskContracts['reporting.compile'].output.parse((data as { output: unknown }).output);
    const begins = report.formats.map(async ({ format, artifact }) => [
      format,
      Buffer.from(await alone.artifacts.bytes(artifact.ref))
        .toString()
        .startsWith('# As our team likes it'),
    ]);
    expect(Object.fromEntries(await Promise.all(begins))).toEqual({
      html: false,
      json: false,
      markdown: true,
    });
  });
});
