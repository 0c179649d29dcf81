import { mkdtemp, rename, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { commandConsumer } from '@trimtab/contracts';
import type { TaskCommandData } from '@trimtab/contracts';
import { ack } from '@trimtab/messaging';
import type { Delivery } from '@trimtab/messaging';
import { eventually } from '@trimtab/testing';
import { Bench, flow } from './bench.js';

const task = { uses: 'test.work' };
const workflows = [
  flow('steps', { tasks: { a: task, b: { ...task, needs: ['a'] } } }),
  flow('strict', {
    input: { type: 'object', required: ['n'], properties: { n: { type: 'number' }, to: { type: 'string' } } },
    output: { type: 'object', properties: { n: { type: 'number' } } },
    tasks: { a: { ...task, with: { n: '${ input.n }' } } },
    outputs: { n: '${ tasks.a.output.n }' },
  }),
  flow('late', { tasks: { a: { uses: 'late.work' } } }),
  flow('fed', { requires: ['data:bill', 'workflow:steps'], tasks: { a: task } }),
  flow('asking', { tasks: { a: task } }),
  flow('wide', { tasks: { a: { ...task, forEach: 'input.list', concurrency: 50 } } }),
];

const monthly = (version: number, uses: string): string => `# a definition of another team
name: monthly
version: ${version}
tasks:
  a: { uses: ${uses} }
`;

describe('definitions and what runs depend on', () => {
  let bench: Bench;
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'trimtab-workflows-'));
    await writeFile(join(folder, 'monthly.yaml'), monthly(1, 'test.work'));
    bench = await Bench.open();
    await bench.orchestrator(workflows, {
      workflowFolders: [folder],
      sweepMs: 300,
      lookMs: 250,
      limits: { items: 20 },
    });
    await bench.worker();
    await bench.listen();
  });
  afterAll(async () => {
    await bench.dispose();
    await rm(folder, { recursive: true });
  });
  beforeEach(() => {
    bench.answer = () => ({ n: 1 });
  });

  const told = (runId: string, reason: string) =>
    eventually(() =>
      bench.events.some(
        ({ type, runid, data }) =>
          type === 'trimtab.task.waiting.v1' &&
          runid === runId &&
          (data as { reason: string }).reason === reason,
      ),
    );
  const listed = async (name: string) =>
    (await bench.ask('list-workflows', {})).items.filter((one) => one.name === name);
  const rewrite = async (text: string, seconds: number) => {
    const file = join(folder, 'monthly.new');
    await writeFile(file, text);
    await utimes(file, seconds, seconds);
    // In one step: the folder is read at any moment.
    await rename(file, join(folder, 'monthly.yaml'));
  };
  const refused = () =>
    eventually(async () =>
      (await bench.ask('list-incidents', { status: 'open' })).items.find(
        ({ kind }) => kind === 'workflow.refused',
      ),
    );

  it('O29 finds definitions in folders, takes over a new version, and refuses another text under a used one', async () => {
    const [first] = await listed('monthly');
    expect(first).toMatchObject({ version: '1', current: true, source: join(folder, 'monthly.yaml') });
    await bench.until(await bench.start('monthly'), 'COMPLETED');
    await rewrite(monthly(1, 'test.other'), 1_000);
    expect((await refused()).message).toContain('give the changed definition another version');
    expect((await listed('monthly'))[0]?.digest).toBe(first?.digest);
    await rewrite(monthly(2, 'test.other'), 2_000);
    await eventually(async () => (await listed('monthly'))[0]?.version === '2');
    expect((await listed('monthly')).map(({ version, current }) => [version, current])).toEqual([
      ['2', true],
      ['1', false],
    ]);
    await eventually(async () => (await bench.ask('list-incidents', { status: 'open' })).items.length === 0);
  });

  it('keeps a run on what it was started with, and lets no version go that a run was started with', async () => {
    const text = monthly(7, 'test.work').replace('monthly', 'pinned');
    const { workflow } = await bench.ask('register-workflow', { text });
    let finish = (): void => undefined;
    const finished = new Promise<void>((done) => (finish = done));
    bench.answer = () => finished.then(() => ({}));
    const runId = await bench.start('pinned');
    const changed = bench.ask('register-workflow', { text: text.replace('test.work', 'test.other') });
    await expect(changed).rejects.toMatchObject({ code: 'workflow.version-used' });
    await expect(bench.ask('delete-workflow', { name: 'pinned', version: '7' })).rejects.toMatchObject({
      code: 'workflow.in-use',
    });
    await bench.ask('register-workflow', { text: monthly(8, 'test.other').replace('monthly', 'pinned') });
    finish();
    await bench.until(runId, 'COMPLETED');
    expect((await bench.ask('show-workflow', { name: 'pinned', version: '7' })).digest).toBe(workflow.digest);
    expect(await bench.ask('delete-workflow', { name: 'pinned', version: '8' })).toMatchObject({
      version: '8',
    });
    expect((await listed('pinned')).map(({ version }) => version)).toEqual(['7']);
  });

  it('O29 takes definitions over that a running service tells of', async () => {
    const offered = monthly(3, 'test.work').replace('monthly', 'offered');
    const info = {
      name: 'reports',
      id: 'r1',
      metadata: { workflows: offered, taskTypes: 'reports.compile' },
    };
    const service = bench.messaging.nc.subscribe('$SRV.INFO', {
      callback: (_, message) => void message.respond(JSON.stringify(info)),
    });
    await eventually(async () => (await listed('offered')).length === 1);
    expect((await listed('offered'))[0]).toMatchObject({ version: '3', source: 'service reports #1' });
    service.unsubscribe();
  });

  it('refuses a bad definition with every problem and its place', async () => {
    const text =
      'name: bad\nversion: 1\ntasks:\n  a: { uses: test.work, needs: [b, c] }\n  b: { uses: test.work, needs: a }\n';
    await expect(bench.ask('register-workflow', { text })).rejects.toMatchObject({
      code: 'workflow.invalid-definition',
      details: {
        problems: expect.arrayContaining([
          expect.objectContaining({ code: 'needs.unknown', line: 4, column: 36 }),
        ]),
      },
    });
  });

  it('O10 refuses an input, and fails a run whose output does not fit its schema, with every problem', async () => {
    await expect(bench.start('strict', { n: 'x', to: 1 })).rejects.toMatchObject({
      code: 'workflow.invalid-input',
      details: { problems: [expect.anything(), expect.anything()] },
    });
    bench.answer = () => ({ n: 'many' });
    expect(await bench.until(await bench.start('strict', { n: 1 }), 'FAILED')).toBeDefined();
    bench.answer = () => ({ n: 2 });
    await bench.until(await bench.start('strict', { n: 1 }), 'COMPLETED');
  });

  it('O2 lets a task wait for a service that nobody offers yet, says so, and goes on when it comes', async () => {
    const runId = await bench.start('late');
    await told(runId, 'blocked: service:late.work');
    expect((await bench.state(runId)).tasks['a']).toMatchObject({ status: 'WAITING' });
    const consumer = commandConsumer('late');
    await bench.messaging.provision({ streams: [], consumers: [consumer] });
    const attempts: unknown[] = [];
    const consumption = bench.messaging.consume({
      ...consumer,
      service: 'late',
      concurrency: 1,
      onMessage: async ({ envelope }) => {
        attempts.push(envelope.attempt);
        await bench.result(envelope as Delivery<TaskCommandData>['envelope'], {});
        return ack;
      },
    });
    await bench.until(runId, 'COMPLETED');
    await consumption.stop(1_000);
    expect(attempts).toEqual([2]);
  });

  it('O2 holds a workflow back until what it requires was announced and has completed', async () => {
    const runId = await bench.start('fed');
    await told(runId, 'blocked: data:bill, workflow:steps');
    await bench.until(await bench.start('steps'), 'COMPLETED');
    await told(runId, 'blocked: data:bill');
    await bench.ask('announce-dependency', { key: 'data:bill' });
    await bench.until(runId, 'COMPLETED');
    await eventually(() => bench.events.some(({ type }) => type === 'trimtab.dependency.appeared.v1'));
    const after = await bench.start('fed');
    await bench.until(after, 'COMPLETED');
  });

  it('O2 asks a worker again that was blocked, without using up an attempt', async () => {
    let asked = 0;
    bench.answer = async (_, envelope) => {
      asked = Number(envelope.attempt);
      if (asked > 2) return {};
      const worked = { startedAt: envelope.time, endedAt: envelope.time, worker: 'w' };
      await bench.result(envelope, null, {
        data: { status: 'blocked', on: 'the export', ...(asked === 1 && { retryInMs: 300 }), ...worked },
      });
      return new Promise(() => undefined);
    };
    const runId = await bench.start('asking');
    await told(runId, 'blocked: the export');
    await eventually(() => asked === 2);
    await eventually(async () => (await bench.state(runId)).tasks['a']?.status === 'WAITING');
    await bench.ask('signal-run', { runId, name: 'the export' });
    expect(await bench.until(runId, 'COMPLETED')).toMatchObject({ tasks: { a: { attempt: 3 } } });
  });

  it('warns near a limit and refuses beyond it, and says what to do', async () => {
    await bench.until(await bench.start('wide', { list: Array(16).fill(0) }), 'COMPLETED');
    const near = await eventually(async () =>
      (await bench.ask('list-incidents', {})).items.find(({ kind }) => kind === 'run.near-limit'),
    );
    expect(near.message).toContain('16 items of at most 20');
    const runId = await bench.start('wide', { list: Array(21).fill(0) });
    await bench.until(runId, 'FAILED');
    const told = (near: string) =>
      eventually(async () =>
        (await bench.ask('list-incidents', {})).items.find(
          ({ message }) => message.startsWith(`${near} was given 8`) && message.includes('artifact'),
        ),
      );
    bench.answer = async () => 'x'.repeat(800_000);
    await told(`Task a[0] of run ${await bench.start('wide', { list: [0] })}`);
    bench.answer = async () => 0;
    await told(`Run ${await bench.start('steps', { text: 'x'.repeat(800_000) })}`);
    const text = 'x'.repeat(950_000);
    await expect(bench.start('steps', { text })).rejects.toMatchObject({
      code: 'workflow.payload-too-large',
      message: expect.stringContaining('artifact store'),
    });
  });
});
