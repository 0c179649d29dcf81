import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { copyFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { subjects } from '@trimtab/contracts';
import type { PeopleReply } from '@trimtab/contracts';
import { testFolder } from '@trimtab/embedded/testing';
import { connectMessaging } from '@trimtab/messaging';
import { eventually, startProcess } from '@trimtab/testing';
import type { FaultyProcess } from '@trimtab/testing';
import type { System } from '../src/index.js';
import { inRepository, startSystem, trimtab } from '../src/index.js';

const SECRET = 'api-token-of-the-pipeline';

/** A service of another team: busy at first, then it gives a receipt. */
const asked: { key: unknown; authorization: unknown; body: string; at: number }[] = [];
const receiver = createServer((request, response) => {
  let body = '';
  request.on('data', (part) => (body += String(part)));
  request.on('end', () => {
    const { 'idempotency-key': key, authorization } = request.headers;
    asked.push({ key, authorization, body, at: performance.now() });
    if (asked.length === 1) return void response.writeHead(503, { 'retry-after': '1' }).end('busy');
    response.writeHead(200, { 'content-type': 'application/json' }).end('{"receipt":"R-7"}');
  });
});

const folder = testFolder();
const workflows = ['07-pipeline/pipeline', '07-pipeline/announcement', '05-plain-worker/greetings'];

let system: System;
let target: string;

beforeAll(async () => {
  await new Promise<void>((done) => receiver.listen(0, '127.0.0.1', done));
  const host = `127.0.0.1:${(receiver.address() as AddressInfo).port}`;
  target = `http://${host}/rows`;
  for (const [i, path] of workflows.entries())
    copyFileSync(inRepository('examples', `${path}.yaml`), join(folder, `${i}.yaml`));
  system = await startSystem({
    services: ['orchestrator', 'tasks', 'gateway'],
    env: {
      TRIMTAB_WORKFLOWS: folder,
      TASKS_SCRIPTS: 'node',
      TASKS_HOSTS: host,
      TASKS_ENV: 'API_TOKEN',
      API_TOKEN: SECRET,
    },
  });
});
afterAll(async () => {
  await system?.dispose();
  rmSync(folder, { recursive: true, force: true });
  await new Promise((done) => receiver.close(done));
});

async function start(workflow: string, input: unknown): Promise<string> {
  const bus = await connectMessaging({ url: system.servers.natsUrl, name: 'spec', firstConnectMs: 60_000 });
  const envelope = {
    specversion: '1.0',
    id: randomUUID(),
    source: '/spec',
    type: 'trimtab.people.start-run.v1',
    time: new Date().toISOString(),
    data: { workflow, input, actor: 'ada', idempotencyKey: randomUUID() },
  } as const;
  const reply = await eventually(
    () => bus.request<PeopleReply<'start-run'>>(subjects.people('start-run'), envelope, 5_000),
    { timeoutMs: 60_000 },
  );
  await bus.close(500);
  return reply.runId;
}

async function outputsOf(runId: string): Promise<unknown> {
  const run = await system.runs.finished(runId);
  expect({ status: run.status, error: run.error }).toEqual({ status: 'COMPLETED', error: null });
  const { items } = await system.client.call('runEvents', { params: { runId } });
  const completed = items.find(({ type }) => type === 'trimtab.run.completed.v1');
  return (completed?.data as { outputs?: unknown } | undefined)?.outputs;
}

describe('O29 a pipeline of built-in tasks', () => {
  it('runs a script, hands over what it made, and goes on in another workflow', async () => {
    const runId = await start('pipeline', { count: 21, target });
    expect(await outputsOf(runId)).toEqual({ rows: 42, said: 'receipt R-7' });
    expect(asked.map(({ body, authorization }) => [body, authorization])).toEqual(
      Array(2).fill(['{"rows":42}', `Bearer ${SECRET}`]),
    );
    expect(asked[0]?.key).toBe(`${runId}/hand-over`);
    expect(asked[1]?.key).toBe(asked[0]?.key);
    // The policy would have tried again after a fifth of a second; the server asked for one.
    expect((asked[1]?.at ?? 0) - (asked[0]?.at ?? 0)).toBeGreaterThanOrEqual(990);
    const { items } = await system.client.call('runEvents', { params: { runId } });
    expect(JSON.stringify(items)).not.toContain(SECRET);
  });
});

describe('O29 trimtab workflow', () => {
  const mine = testFolder();
  const file = join(mine, 'hello.yaml');
  afterAll(() => rmSync(mine, { recursive: true, force: true }));
  const hello = (more = ''): string => `name: hello
version: 1
input: { type: object, properties: { code: { type: number } } }
tasks:
  first: { uses: script.run, with: { command: node, args: ['-p', '6 * 7'] } }
  second: { uses: script.run, needs: first, retry: { maxAttempts: 1 }, with: { command: node, args: ['-e', 'process.exit(\${ input.code })'] }${more} }
outputs: { said: '\${ tasks.first.output.output }' }
`;
  const workflow = (...args: string[]) => workflowAs({}, ...args);
  const workflowAs = (env: Record<string, string>, ...args: string[]) =>
    trimtab(['--gateway', system.services.gatewayUrl, '--json', 'workflow', ...args], { cwd: mine, env });

  it('O10 validates with every place, and draws', async () => {
    writeFileSync(file, hello().replace('needs: first', 'needs: frist').replace('input.code', 'input.cod'));
    const bad = await workflow('validate', file);
    expect([bad.code, JSON.parse(bad.stdout)]).toEqual([
      1,
      [
        {
          file,
          ok: false,
          problems: [
            expect.objectContaining({ line: 6, column: 31, code: 'needs.unknown' }),
            expect.objectContaining({ line: 6, code: 'expression.unknown-input' }),
          ],
        },
      ],
    ]);
    writeFileSync(file, hello());
    expect((await workflow('validate', file)).code).toBe(0);
    const drawn = await trimtab(['workflow', 'graph', file, '--format', 'mermaid'], { cwd: mine });
    expect(drawn.stdout).toContain('t0 --> t1');
  });

  it('runs on the stack, and its exit code says how it ended', async () => {
    writeFileSync(file, hello());
    const done = await workflow('run', file, '--input', 'code=0');
    expect([done.code, JSON.parse(done.stdout)]).toMatchObject([0, { status: 'COMPLETED' }]);
    expect((await workflow('run', file, '--input', 'code=x')).code).toBe(2);
    writeFileSync(file, hello(', onError: continue').replace('version: 1', 'version: 2'));
    expect((await workflow('run', file, '--input', 'code=3')).code).toBe(3);
  });

  it('runs in memory, by the same rules', async () => {
    writeFileSync(file, hello());
    const inMemory = (env: Record<string, string>, code: number) =>
      workflowAs(env, 'run', file, '--in-memory', '--input', `code=${code}`);
    const node = { TASKS_SCRIPTS: 'node' };
    const done = await inMemory(node, 0);
    expect([done.code, JSON.parse(done.stdout)]).toMatchObject([0, { output: { said: '42\n' } }]);
    expect((await inMemory(node, 3)).code).toBe(1);
    const refused = await inMemory({}, 0);
    expect([refused.code, refused.stdout]).toEqual([1, expect.stringContaining('script.not-allowed')]);
  });

  it('O20 verifies every stored run', async () => {
    const verified = await trimtab(
      ['--gateway', system.services.gatewayUrl, '--json', 'runs', 'verify', '--all'],
      { cwd: mine },
    );
    expect([verified.code, JSON.parse(verified.stdout)]).toMatchObject([0, { broken: [] }]);
  });
});

describe('a worker of another team (example 05)', () => {
  let team: FaultyProcess;

  beforeAll(async () => {
    team = await startProcess({
      entry: inRepository('examples/05-plain-worker/worker.mjs'),
      env: { NATS_URL: system.servers.natsUrl, DATABASE_URL: undefined },
      ready: { line: /^greeters-\S+ works/m },
      timeoutMs: 60_000,
    });
  });
  afterAll(() => team?.kill());

  it('works on tasks of its own with nothing but the bus, and drains when it is told to end', async () => {
    const runId = await start('greetings', { names: ['Ada', 'Grace'], language: 'fr' });
    expect(await outputsOf(runId)).toEqual({ greetings: ['Bonjour, Ada', 'Bonjour, Grace'] });
    // Instances that do not answer at once are left out of the list.
    const listed = await eventually(async () =>
      (await system.client.call('listServices', {})).items.find(({ name }) => name === 'greeters'),
    );
    expect(listed).toMatchObject({ taskTypes: ['greeting.write'] });
    const refused = await system.runs.finished(await start('greetings', { names: ['Ada'], language: 'xx' }));
    expect(refused).toMatchObject({ status: 'FAILED', error: { code: 'greeting.unknown-language' } });
    expect(await team.stop(30_000)).toEqual({ code: 0, signal: null });
  });
});
