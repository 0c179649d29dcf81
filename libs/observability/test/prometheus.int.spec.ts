import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { count, gauge, seconds, startTelemetry } from '../src/index.js';
import type { Telemetry } from '../src/index.js';

const taken = createServer();
let telemetry: Telemetry;

beforeAll(async () => {
  await new Promise<void>((done) => taken.listen(0, '127.0.0.1', done));
  const { port: metricsPort } = taken.address() as AddressInfo;
  telemetry = await startTelemetry({ service: 'spec', version: '1', metricsPort, instrument: false });
});
afterAll(async () => {
  await telemetry.shutdown();
  await new Promise((done) => taken.close(done));
});

describe('O19 analytics: metrics for Prometheus', () => {
  it('are collected at /metrics, on the next port when the wanted one is taken, with units', async () => {
    count('trimtab.runs', { 'trimtab.status': 'COMPLETED' }, 2, '{run}');
    seconds('trimtab.run.duration', 42);
    gauge('trimtab.analytics.lag', () => 1, { unit: 's' });
    gauge('trimtab.analytics.lag', () => 3, { unit: 's' });
    const text = await (await fetch(telemetry.metricsUrl ?? '')).text();
    expect(text).toMatch(/trimtab_runs_total\{[^}]*trimtab_status="COMPLETED"[^}]*\} 2/);
    expect(text).toMatch(/trimtab_run_duration_bucket\{[^}]*le="60"[^}]*\} 1/);
    expect(text).toMatch(/trimtab_analytics_lag[^\n]* 3\n/);
    expect((await fetch((telemetry.metricsUrl ?? '').replace('/metrics', '/other'))).status).toBe(404);
  });
});
