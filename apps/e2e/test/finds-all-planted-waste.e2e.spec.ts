import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Findings, FinishedRun, System } from '../src/index.js';
import { scoreAnomalies, scoreWaste, startSystem } from '../src/index.js';

const perfect = { missed: [], wrong: [] };

/** Two companies, at different moments of the month and of the day. */
describe.each([
  { seed: 1, now: '2026-11-18T09:30:00.000Z' },
  { seed: 2, now: '2026-10-27T21:10:00.000Z' },
])('a run over the company of seed $seed', ({ seed, now }) => {
  let system: System;
  let run: FinishedRun;
  let findings: Findings;

  beforeAll(async () => {
    system = await startSystem({ seed, now });
    ({ run, findings } = await system.optimize());
  });
  afterAll(() => system?.dispose());

  it('completes, and scans every cell of every account and region', () => {
    expect(run.error).toBeNull();
    expect(run.status).toBe('COMPLETED');
    const { accounts, regions, services, resources, coverage } = findings.inventory;
    expect({ accounts, regions, services }).toEqual({ accounts: 2, regions: 3, services: 7 });
    expect(resources).toBeGreaterThan(500);
    expect(coverage.filter(({ status }) => status !== 'scanned')).toEqual([]);
  });

  it('finds all planted waste and nothing on clean resources', () => {
    expect(system.cloud.truth.waste.length).toBeGreaterThan(50);
    expect(scoreWaste(system.cloud.truth, findings.recommendations)).toEqual(perfect);
  });

  it('proves each finding: evidence, a formula, savings that are not negative', () => {
    for (const one of findings.recommendations) {
      expect(one.evidence.length).toBeGreaterThan(0);
      expect(one.formula).not.toBe('');
      expect(Number(one.monthlySavingsNet.amount)).toBeGreaterThanOrEqual(0);
      expect(Number(one.monthlySavingsList.amount)).toBeGreaterThanOrEqual(0);
    }
  });

  it('finds the three planted anomalies with their root cause and no other', () => {
    expect(scoreAnomalies(system.cloud.truth, findings.anomalies)).toEqual(perfect);
    expect(findings.anomalies).toHaveLength(3);
    const days = (one: { start: string; kind: string }) => `${one.kind} ${one.start}`;
    const kinds = findings.anomalies.map(({ kind, period }) => days({ kind, start: period.start }));
    expect(kinds.sort()).toEqual(system.cloud.truth.anomalies.map(days).sort());
  });

  it('flags the budget that will not hold and no other', () => {
    const flagged = findings.budgets.filter(({ status }) => /exceeded/.test(status)).map(({ name }) => name);
    expect(flagged).toEqual([system.cloud.truth.budget.name]);
  });

  it('plans as a dry run that a policy granted, and changes nothing', async () => {
    expect(findings.approvals).toMatchObject([{ status: 'granted', policy: 'dry-run' }]);
    expect(findings.actions.length).toBeGreaterThan(0);
    expect(new Set(findings.actions.map(({ mode }) => mode))).toEqual(new Set(['dry-run']));
    expect(findings.actions.filter(({ error }) => error)).toEqual([]);
    expect(await system.cloud.changes()).toEqual([]);
  });

  it('writes the report as HTML that needs nothing else, Markdown and JSON', async () => {
    expect(findings.reports[0]?.formats.slice().sort()).toEqual(['html', 'json', 'markdown']);
    const read = (format: string) => system.client.read('readReport', { params: { runId: run.id, format } });
    const html = await read('html');
    expect(html).toContain('<svg');
    expect(html).not.toMatch(/(?:src|href)="https?:/);
    expect(await read('markdown')).toMatch(/^# /m);
    expect(JSON.parse(await read('json'))).toMatchObject({ runId: run.id });
  });
});
