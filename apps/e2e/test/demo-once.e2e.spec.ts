import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { readFileSync, rmSync } from 'node:fs';
import { DemoResult } from '@trimtab/contracts';
import { testFolder } from '@trimtab/embedded/testing';
import { eventually } from '@trimtab/testing';
import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import type { CliResult } from '../src/index.js';
import { inRepository, ProcessTree, trimtab } from '../src/index.js';

const GIGABYTE = 1e9;

describe('trimtab demo --once --json', () => {
  const folder = testFolder();
  let demo: CliResult;
  let seconds: number;
  let tree: ProcessTree;
  let left: string[];

  beforeAll(async () => {
    const startedAt = performance.now();
    demo = await trimtab(['demo', '--once', '--json', '--data-dir', folder], {
      cwd: folder,
      onStart: (child) => (tree = new ProcessTree(child.pid as number)),
    });
    seconds = (performance.now() - startedAt) / 1000;
    // Who was told to end may still be about it when the command line has said its last word.
    const nobody = () => tree.survivors().length === 0 && [];
    left = await eventually(nobody, { timeoutMs: 90_000 }).catch(() => tree.survivors());
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  /** For failure messages: what it took, and what it said last. */
  const figures = (): string =>
    `exit ${demo.code} after ${seconds.toFixed(1)} s, ${tree.size} processes, at most ${(tree.peakBytes / 1e6).toFixed(0)} MB (PSS)\n${demo.stderr.slice(-1_500)}`;
  const holds = (fact: boolean): string => (fact ? 'holds' : figures());

  it('ends by itself with 0 and says what it does on stderr only', () => {
    expect(holds(demo.code === 0)).toBe('holds');
    expect(demo.stderr).toMatch(/\S/);
    expect(demo.stdout.trimStart()).toMatch(/^\{/);
  });

  it('prints one JSON document that fits the published schema', () => {
    const document: unknown = JSON.parse(demo.stdout);
    const schema = JSON.parse(readFileSync(inRepository('docs/api/schemas/result.json'), 'utf8')) as object;
    const ajv = new Ajv2020({ allErrors: true, strict: false });
    (addFormats as unknown as (to: Ajv2020) => void)(ajv);
    const valid = ajv.compile(schema);
    valid(document);
    expect(valid.errors ?? []).toEqual([]);
    expect(DemoResult.parse(document)).toEqual(document);
  });

  it('tells a completed dry run with its waste, anomalies, budgets, plan and reports', () => {
    const result = DemoResult.parse(JSON.parse(demo.stdout));
    expect(result.run.status).toBe('COMPLETED');
    expect(result.inventory).toMatchObject({ accounts: 2, regions: 3, services: 7 });
    expect(result.coverage).toEqual({ scanned: 42, failed: 0 });
    expect(result.recommendations.count).toBeGreaterThan(50);
    expect(Number(result.recommendations.monthlySavings)).toBeGreaterThan(1_000);
    expect(result.anomalies).toHaveLength(3);
    expect(result.anomalies.every(({ cause }) => cause.length > 0)).toBe(true);
    expect(result.budgets.filter(({ status }) => /exceeded/.test(status))).toHaveLength(1);
    expect(result.plan.mode).toBe('dry-run');
    expect(result.plan.actions).toBeGreaterThan(0);
    expect(Object.values(result.reports).every((place) => place !== null)).toBe(true);
  });

  it('needs less than 1.5 GB for all processes together', () => {
    expect(holds(tree.size > 3 && tree.peakBytes > 0.1 * GIGABYTE)).toBe('holds');
    expect(holds(tree.peakBytes < 1.5 * GIGABYTE)).toBe('holds');
  });

  it('leaves no process behind', () => {
    expect(left).toEqual([]);
  });
});
