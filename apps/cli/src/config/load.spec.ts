import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { explainConfig, loadConfig } from './load.js';

const yaml = (text: string): string => {
  const file = join(mkdtempSync(join(tmpdir(), 'trimtab-config-')), 'trimtab.yaml');
  writeFileSync(file, text);
  return file;
};

const BASE = `cloud:
  accounts:
    - id: "111122223333"
      name: production
  regions: [us-east-1]
scan:
  lookbackDays: 21
environments:
  staging:
    scan:
      lookbackDays: 30
    execution:
      maxRisk: L
`;

describe('the configuration', () => {
  it('takes flags over environment over file over defaults', () => {
    const file = yaml(BASE);
    const layered = loadConfig({
      file,
      env: { TRIMTAB_SCAN_LOOKBACK_DAYS: '28', TRIMTAB_ANOMALY_MINIMUM_SCORE: '5' },
      flags: [{ path: ['anomaly', 'minimumScore'], value: 6, origin: { from: 'flag', flag: '--set' } }],
    });
    expect(layered.config.scan.lookbackDays).toBe(28);
    expect(layered.config.anomaly.minimumScore).toBe(6);
    expect(layered.config.costs.historyDays).toBe(120);
    expect(layered.originOf(['cloud', 'regions'])).toEqual({ from: 'file', file, line: 5 });
    expect(layered.originOf(['scan', 'lookbackDays'])).toMatchObject({
      variable: 'TRIMTAB_SCAN_LOOKBACK_DAYS',
    });
    expect(layered.originOf(['costs', 'historyDays'])).toEqual({ from: 'default' });
  });

  it('applies the overrides of the chosen environment', () => {
    const staging = loadConfig({ file: yaml(BASE), env: {}, environment: 'staging' });
    expect(staging.config.scan.lookbackDays).toBe(30);
    expect(staging.config.execution.maxRisk).toBe('L');
    expect(staging.originOf(['execution', 'maxRisk'])).toMatchObject({ line: 13 });
  });

  it('reports every problem at once, each with its place', () => {
    const file = yaml(`cloud:
  accounts: []
  regions: [us-east-1]
scan:
  lookbackDays: two
  lookback: 3
budgets:
  - name: all
    currency: dollars
    monthlyLimit: "10"
`);
    const attempt = (): unknown => loadConfig({ file, env: { TRIMTAB_SCAN_LOKBACK: '1' } });
    expect(attempt).toThrow(/The configuration has 5 problems/);
    expect(attempt).toThrow(new RegExp(`${file}:5: scan.lookbackDays`));
    expect(attempt).toThrow(new RegExp(`${file}:6: scan.lookback: unknown key`));
    expect(attempt).toThrow(new RegExp(`${file}:9: budgets.0.currency`));
    expect(attempt).toThrow(/TRIMTAB_SCAN_LOKBACK: no such setting/);
  });

  it('knows schedules by name: those of a preset need no times, others do', () => {
    const file = yaml(`${BASE}schedules:
  daily-optimization: { enabled: true, timeZone: Europe/Berlin }
  nightly:
    enabled: true
    overlap: sometimes
  hourly: { times: { kind: cron, expression: "61 * * * *" } }
`);
    const attempt = (): unknown => loadConfig({ file, env: {} });
    expect(attempt).toThrow(/has 2 problems/);
    expect(attempt).toThrow(new RegExp(`${file}:18: schedules.nightly.overlap`));
    expect(attempt).toThrow(new RegExp(`${file}:19: schedules.hourly.times.expression: .*minute`));
    const timeless = yaml(`${BASE}schedules:\n  nightly: { enabled: true }\n`);
    expect(() => loadConfig({ file: timeless, env: {} })).toThrow(/schedules.nightly.times: says when/);
  });

  it('names the line of a YAML error', () => {
    expect(() => loadConfig({ file: yaml('cloud:\n  regions: [a\nscan: {}\n'), env: {} })).toThrow(
      /trimtab.yaml:\d/,
    );
  });

  it('refuses an environment that the file does not have', () => {
    expect(() => loadConfig({ file: yaml(BASE), env: {}, environment: 'prod' })).toThrow(/known: staging/);
  });

  it('keeps account ids from variables as text', () => {
    const { config } = loadConfig({
      file: yaml(BASE),
      env: { TRIMTAB_CLOUD_REGIONS: 'us-east-1, eu-west-1' },
    });
    expect(config.cloud.regions).toEqual(['us-east-1', 'eu-west-1']);
  });

  it('lists every value with its origin', () => {
    const rows = explainConfig(loadConfig({ file: yaml(BASE), env: {} }));
    expect(rows.find((row) => row.path === 'scan.lookbackDays')).toMatchObject({
      value: 21,
      origin: { line: 7 },
    });
    expect(rows.find((row) => row.path === 'stack.gatewayPort')).toMatchObject({ value: 4600 });
  });
});
