import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { eventually } from '@trimtab/testing';
import type { Findings, System } from '../src/index.js';
import { digestsOf, findingsOf, startSystem } from '../src/index.js';

describe('a system whose NATS server dies and forgets everything', () => {
  let system: System;
  let undisturbed: Findings;

  beforeAll(async () => {
    system = await startSystem({ seed: 4, now: '2026-11-18T09:30:00.000Z' });
    undisturbed = (await system.optimize()).findings;
  });
  afterAll(() => system?.dispose());

  it('completes the run that was under way, with the result of an undisturbed one', async () => {
    const runId = await system.runs.start();
    await system.runs.until(runId, ({ tasks }) => (tasks['COMPLETED'] ?? 0) >= 2);
    const { nats } = system.servers;
    await nats.kill();
    await nats.wipe();
    await nats.start();
    const run = await system.runs.finished(runId);
    expect({ status: run.status, error: run.error }).toEqual({ status: 'COMPLETED', error: null });
    // What a service had said and nobody had read was lost: it notices, and says it again.
    await eventually(
      async () => {
        expect(digestsOf(await findingsOf(system, run))).toEqual(digestsOf(undisturbed));
        return true;
      },
      { timeoutMs: 60_000, intervalMs: 500 },
    );
    expect(await system.cloud.changes()).toEqual([]);
  });

  it('takes new runs afterwards as if nothing had been', async () => {
    const { run, findings } = await system.optimize();
    expect(run.status).toBe('COMPLETED');
    expect(digestsOf(findings)).toEqual(digestsOf(undisturbed));
  });
});
