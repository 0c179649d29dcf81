import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { ChildProcess } from 'node:child_process';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CostImport } from '@trimtab/contracts';
import { testFolder } from '@trimtab/embedded/testing';
import { environment } from '../src/config.js';
import type { System } from '../src/index.js';
import { inRepository, startSystem } from '../src/index.js';

/** Runs an example as its reader would; `until` ends one that goes on for ever. */
async function example(
  command: string,
  args: readonly string[],
  until?: RegExp,
): Promise<{ code: number | null; out: string }> {
  const child: ChildProcess = spawn(command, args, {
    cwd: inRepository(),
    env: environment,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let out = '';
  const hear = (chunk: unknown): void => {
    out += String(chunk);
    if (!child.killed && until?.test(out)) child.kill('SIGINT');
  };
  child.stdout?.on('data', hear);
  child.stderr?.on('data', hear);
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, out };
}
const node = (args: readonly string[], until?: RegExp) =>
  example(process.execPath, ['--no-warnings', ...args], until);

describe('examples on the running product', () => {
  let system: System;
  let followed: { code: number | null; out: string };

  beforeAll(async () => {
    // Traces are on and nobody collects them: that slows nothing.
    system = await startSystem({ seed: 1, otlp: 'http://127.0.0.1:9' });
    const settings = join(system.folder, 'settings.json');
    writeFileSync(settings, JSON.stringify(system.cloud.settings()));
    followed = await node(['examples/run.mjs', '01-start-and-follow-a-run', system.client.baseUrl, settings]);
  });
  afterAll(() => system?.dispose());

  it('01 starts a run, tells its tasks as they go and what was found', () => {
    expect(followed).toMatchObject({ code: 0 });
    expect(followed.out).toMatch(/^\S+ started$/m);
    expect(followed.out).toMatch(/^analysis COMPLETED$/m);
    expect(followed.out).toMatch(/^COMPLETED after \d+ ms/m);
    expect(followed.out).toMatch(/^ {2}[A-Z0-9]+-\d\d \S+: \d+\.\d\d USD$/m);
  });

  it('01 repeats the newest run when it is given no settings', async () => {
    const { code, out } = await node([
      'examples/run.mjs',
      '01-start-and-follow-a-run',
      system.client.baseUrl,
    ]);
    expect({ code, out }).toMatchObject({ code: 0 });
    expect(out).toMatch(/^COMPLETED after \d+ ms/m);
    const { items } = await system.client.call('listRuns', { query: {} });
    expect(items.map(({ status }) => status)).toEqual(['COMPLETED', 'COMPLETED']);
  });

  it('02 hears of the costs of that run, though it comes later, with the trace of the run', async () => {
    const { items } = await system.client.call('listRuns', { query: { limit: 1 } });
    const since = new Date(Date.parse(items[0]?.startedAt ?? '') - 1_000).toISOString();
    const subscriber = ['examples/02-subscribe-to-cost-events.mjs', system.servers.natsUrl, since];
    const { code, out } = await node(subscriber, /trace 00-\S+\n/);
    expect({ code, out }).toMatchObject({ code: 0 });
    expect(out).toMatch(
      /trimtab\.cost\.imported\.v1 \S+ \d{4}-\d\d-\d\d…\d{4}-\d\d-\d\d: [\d.]+ USD {2}trace 00-[0-9a-f]{32}-/,
    );
  });
});

describe('03 on nothing at all', () => {
  const folder = testFolder();
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('imports the bill once, exactly, and says that the second time changed nothing', async () => {
    const { code, out } = await example('bash', [
      'examples/03-import-a-focus-bill/import.sh',
      '--data-dir',
      folder,
    ]);
    expect({ code, out }).toMatchObject({ code: 0 });
    const imported = CostImport.parse(JSON.parse(out.slice(out.indexOf('{'), out.lastIndexOf('}') + 1)));
    expect(imported).toMatchObject({
      status: 'imported',
      rows: 50,
      source: 'focus-sample',
      currencies: ['USD'],
    });
    expect(Number(imported.totals[0]?.billedCost)).toBe(2.4127882821);
    expect(imported.billingPeriods).toMatchObject([{ start: '2024-09-01', end: '2024-10-01', rows: 50 }]);
    expect(out).toMatch(/unchanged: 50 rows/);
  });
});
