import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { ChildProcess } from 'node:child_process';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CostImport, subjects } from '@trimtab/contracts';
import { SERVICES } from '@trimtab/contracts';
import { testFolder } from '@trimtab/embedded/testing';
import { connectMessaging } from '@trimtab/messaging';
import { eventually } from '@trimtab/testing';
import { environment } from '../src/config.js';
import type { System } from '../src/index.js';
import { inRepository, startSystem } from '../src/index.js';

/** Runs an example as its reader would; `until` ends one that goes on for ever. */
async function example(
  command: string,
  args: readonly string[],
  until?: RegExp,
  env: NodeJS.ProcessEnv = environment,
): Promise<{ code: number | null; out: string }> {
  const child: ChildProcess = spawn(command, args, {
    cwd: inRepository(),
    env,
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
  const plugin = inRepository('examples/06-plugin/plugin.mjs');
  const folder = testFolder();
  const told = join(folder, 'told');
  let followed: { code: number | null; out: string };

  beforeAll(async () => {
    // Traces are on and nobody collects them: that slows nothing.
    system = await startSystem({
      seed: 1,
      otlp: 'http://127.0.0.1:9',
      services: SERVICES,
      env: {
        TRIMTAB_PLUGINS: plugin,
        TRIMTAB_WORKFLOWS: inRepository('examples/06-plugin'),
        OWNER_TAGS_FILE: told,
      },
    });
    const settings = join(system.folder, 'settings.json');
    writeFileSync(settings, JSON.stringify(system.cloud.settings()));
    followed = await node(['examples/run.mjs', '01-start-and-follow-a-run', system.client.baseUrl, settings]);
  });
  afterAll(async () => {
    await system?.dispose();
    rmSync(folder, { recursive: true, force: true });
  });

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
  it('06 O27 a plugin adds a check, and its callback hears of what the check found', async () => {
    const query = { checkId: 'OWN-01', limit: 1_000 };
    // The read model and the callback follow the run, each in its own time.
    await eventually(
      async () => {
        const { items } = await system.client.call('listRecommendations', { query });
        const found = new Set(items.map(({ resource }) => resource.id));
        const heard = new Set(existsSync(told) ? readFileSync(told, 'utf8').trim().split('\n') : []);
        return found.size > 0 && found.size === heard.size && [...heard].every((id) => found.has(id));
      },
      { timeoutMs: 150_000 },
    );
  });

  it('06 O27 a plugin adds a task, which a workflow uses', async () => {
    const bus = await connectMessaging({ url: system.servers.natsUrl, name: 'spec', apiTimeoutMs: 60_000 });
    const ended: unknown[] = [];
    await bus.replay({
      stream: 'EVT',
      live: true,
      onMessage: ({ type, data }) => {
        const { workflow, outputs } = data as { workflow?: string; outputs?: unknown };
        if (type === 'trimtab.run.completed.v1' && workflow === 'owners') ended.push(outputs);
      },
    });
    const data = {
      workflow: 'owners',
      input: { owners: ['ada', 'bob', 'ada'] },
      actor: 'ada',
      idempotencyKey: 'owners-1',
    };
    const type = 'trimtab.people.start-run.v1';
    const [id, time] = ['spec-owners', new Date().toISOString()];
    const asked = { specversion: '1.0', id, source: '/spec', type, time, data } as const;
    await eventually(() => bus.request(subjects.people('start-run'), asked, 5_000), { timeoutMs: 150_000 });
    await eventually(() => ended.length > 0, { timeoutMs: 150_000 });
    await bus.close(500);
    expect(ended[0]).toEqual({ byOwner: { ada: 2, bob: 1 } });
  });

  it('06 O27 a plugin adds a route with its OpenAPI, checked like any other, and its errors are its own', async () => {
    const api = `${system.client.baseUrl}/api`;
    const get = async (path: string) => {
      const answer = await fetch(`${api}${path}`);
      return { status: answer.status, body: (await answer.json()) as Record<string, unknown> };
    };
    const owners = '/v1/plugins/owner-tags/owners';
    expect(await get(`${owners}/ada?shout=yes`)).toEqual({ status: 200, body: { owner: 'ADA' } });
    expect(await get(`${owners}/ada?shout=loud`)).toMatchObject({ status: 400 });
    const failed = await get(`${owners}/nobody`);
    expect(failed).toMatchObject({ status: 503, body: { error: { code: 'plugin.failed' } } });
    expect(JSON.stringify(failed.body)).toContain('owner-tags');
    const { body } = await get('/openapi.json');
    expect(body).toHaveProperty(
      ['paths', `/api${owners}/{name}`, 'get', 'summary'],
      'How an owner is written',
    );
  });

  it('06 O27 a plugin adds a verb', async () => {
    const env = { ...environment, TRIMTAB_PLUGINS: plugin };
    const args = ['--no-warnings', inRepository('apps/cli/dist/main.js'), '--gateway', system.client.baseUrl];
    const { code, out } = await example(process.execPath, [...args, 'owner', 'grace'], undefined, env);
    expect({ code, out }).toEqual({ code: 0, out: 'owned by GRACE\n' });
  });
});

describe('O27 a plugin that cannot be used', () => {
  const folder = testFolder();
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('stops a service at its start, by name, and leaves the other verbs of the command line alone', async () => {
    const broken = join(folder, 'broken.mjs');
    writeFileSync(broken, "throw new Error('oops at load');");
    const env = { ...environment, TRIMTAB_PLUGINS: broken, DATABASE_URL: 'postgres://127.0.0.1:9/x' };
    const service = await example(
      process.execPath,
      ['--no-warnings', 'libs/service/dist/host.js', 'tasks'],
      undefined,
      env,
    );
    expect(service).toMatchObject({ code: 1, out: expect.stringMatching(/broken\.mjs: oops at load/) });
    const cli = await example(
      process.execPath,
      ['--no-warnings', 'apps/cli/dist/main.js', 'config', 'init', '--help'],
      undefined,
      env,
    );
    expect(cli).toMatchObject({ code: 0, out: expect.stringMatching(/broken\.mjs: oops at load/) });
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
