import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { streams, subjects } from '@trimtab/contracts';
import { testServers } from '@trimtab/embedded/testing';
import type { TestServers } from '@trimtab/embedded/testing';
import type { Envelope } from '@trimtab/kernel';
import { batchOf, encodeEntry } from '@trimtab/messaging';
import type { Messaging } from '@trimtab/messaging';
import { eventually } from '@trimtab/messaging/testing';
import { z } from 'zod';
import { AppError, worker } from '../src/worker.js';
import type { PlainContext, RunningWorker } from '../src/worker.js';
import { command, connectPatiently, Orchestrating, runId } from './orchestrating.js';

let servers: TestServers;
let bus: Messaging;
let side: Orchestrating;
let team: RunningWorker;
const seen: PlainContext[] = [];
let running = (): Promise<unknown> => Promise.resolve();

const start = (): Promise<RunningWorker> =>
  worker({
    name: 'team',
    version: '1.2.3',
    signals: false,
    env: { NATS_URL: servers.natsUrl, LOG_LEVEL: 'silent', TRIMTAB_CONCURRENCY: '2' },
    tasks: {
      'sample.work': {
        input: z.object({ do: z.string(), n: z.number().default(1) }),
        output: z.object({ n: z.number() }),
        handler: async (input, context) => {
          seen.push(context);
          context.progress(1, 2, 'half');
          await running();
          if (input.do === 'refuse') throw new AppError('sample.refused', 'Ask for something else.');
          if (input.do === 'crash') throw new Error('oops');
          if (input.do === 'large') return { n: 1, ballast: 'x'.repeat(600_000) };
          if (input.do === 'wait')
            await new Promise((_, reject) =>
              context.signal.addEventListener('abort', () => reject(context.signal.reason as Error)),
            );
          return input.do === 'nonsense' ? { n: 'x' } : { n: input.n + 1 };
        },
      },
      'sample.large': { handler: () => ({ ballast: 'x'.repeat(600_000) }) },
      'sample.sum': { effects: 'none', handler: ({ n }: { n: number }) => n + 1 },
    },
  }).start();

beforeAll(async () => {
  servers = await testServers();
  bus = await connectPatiently(servers.natsUrl);
  await bus.provision({ streams, consumers: [] });
  side = await Orchestrating.on(bus);
});
afterAll(async () => {
  await bus.close(500);
  await servers.dispose();
});
beforeEach(async () => {
  seen.length = 0;
  running = () => Promise.resolve();
  team = await start();
});
afterEach(() => team.stop());

async function ask(input: unknown, more: Partial<Envelope> = {}) {
  const sent = command(input, more);
  await side.send(sent);
  return (await side.resultOf(sent)).data;
}

describe('a plain worker', () => {
  it('answers with nothing but the bus: input checked, token, key and progress', async () => {
    const heard: unknown[] = [];
    const stop = bus.subscribeLive(subjects.live(runId), (message) => void heard.push(message));
    await bus.nc.flush();
    const sent = command({ do: 'it' });
    await side.send(sent);
    const result = await side.resultOf(sent);
    expect(result).toMatchObject({
      source: '/trimtab/team',
      runid: runId,
      fencetoken: expect.stringMatching(/^1\.\d+$/),
      data: { status: 'completed', output: { n: 2 }, worker: team.instanceId },
    });
    expect(seen[0]).toMatchObject({ idempotencyKey: `${runId}/${sent.taskid}`, attempt: 1 });
    await eventually(() => heard.some((one) => (one as { kind: string }).kind === 'progress'));
    stop();
  });

  it.each([
    ['what the handler refuses', { do: 'refuse' }, 'sample.refused', 'never'],
    ['what nobody expected', { do: 'crash' }, 'internal.unexpected', 'later'],
    ['an input that does not fit', { do: 7 }, 'task.invalid-input', 'never'],
    ['an output that does not fit', { do: 'nonsense' }, 'task.invalid-output', 'never'],
    ['an input by reference', { $artifact: { ref: 'sha256:x' } }, 'task.input-by-reference', 'never'],
  ])('answers with a failure: %s', async (_what, input, code, retry) => {
    expect(await ask(input)).toMatchObject({ status: 'failed', error: { code, retry } });
  });

  it('answers with a failure for what is too large for the bus, and for a task that it does not know', async () => {
    const of = (type: string) => ({ data: { type, input: {}, replyTo: subjects.result(0, runId) } });
    expect(await ask({}, of('sample.large'))).toMatchObject({ error: { code: 'task.output-too-large' } });
    expect(await ask({}, of('sample.unknown'))).toMatchObject({ error: { code: 'task.dead-lettered' } });
  });

  it('asks to be asked again when the decision behind a command is still being stored', async () => {
    const early = command({ do: 'it' });
    (early.data as { ahead: boolean }).ahead = true;
    await side.send(early);
    expect((await side.resultOf(early)).data).toMatchObject({ status: 'blocked', retryInMs: 0 });
    expect(seen).toEqual([]);
  });

  it('answers each command of a batch, and has no more of them in hand at once than it may', async () => {
    let most = 0;
    let now = 0;
    running = async () => {
      most = Math.max(most, (now += 1));
      await new Promise((done) => setTimeout(done, 30));
      now -= 1;
    };
    const sent = [1, 2, 3, 4, 5].map((n) => command({ do: n === 3 ? 'refuse' : 'it', n }));
    await bus.publishBatch('trimtab.cmd.sample.default.work', batchOf(sent.map(encodeEntry)));
    const answers = await Promise.all(sent.map((one) => side.resultOf(one)));
    expect(answers.map(({ data }) => (data as { output?: unknown }).output)).toEqual(
      [2, 3, undefined, 5, 6].map((n) => n && { n }),
    );
    expect(answers[0]?.data).toMatchObject({ takes: expect.any(Number) });
    expect(most).toBe(2);
  });

  it('takes a command whose decision is still being stored when its handler only computes', async () => {
    const data = { type: 'sample.sum', input: { n: 4 }, ahead: true, replyTo: subjects.result(0, runId) };
    expect(await ask({}, { data })).toMatchObject({ status: 'completed', output: 5, effects: 'none' });
  });

  it('is told to stop: by the deadline and by a cancellation', async () => {
    const late = command({ do: 'wait' });
    (late.data as { deadline: string }).deadline = new Date(Date.now() + 300).toISOString();
    await side.send(late);
    expect((await side.resultOf(late)).data).toMatchObject({ error: { code: 'task.deadline' } });
    seen.length = 0;
    const sent = command({ do: 'wait' });
    await side.send(sent);
    await eventually(() => seen.length === 1);
    const { taskid: taskId, attempt } = sent;
    // It may not listen yet: the message is core NATS and may be lost, so it is said again.
    const cancel = { kind: 'cancel', runId, taskId, attempt, at: new Date().toISOString() };
    await eventually(() => {
      bus.publishLive(subjects.live(runId), cancel);
      return side.resultsOf(sent).length > 0;
    });
    expect(side.resultsOf(sent)[0]?.data).toMatchObject({ error: { code: 'task.cancelled' } });
  });

  it('is found on $SRV', async () => {
    let info: unknown;
    await eventually(async () => {
      const answer = await bus.nc.request('$SRV.INFO.team', '', { timeout: 5_000 }).catch(() => undefined);
      info = answer?.json();
      return info !== undefined;
    });
    expect(info).toMatchObject({
      id: team.instanceId,
      version: '1.2.3',
      metadata: { taskTypes: 'sample.work,sample.large,sample.sum', pool: 'default' },
    });
  });

  it('finishes what it has in hand, and leaves the rest to another', async () => {
    let finish = (): void => undefined;
    running = () => new Promise<void>((done) => (finish = done));
    const sent = command({ do: 'it' });
    await side.send(sent);
    await eventually(() => seen.length === 1);
    const stopped = team.stop();
    const left = command({ do: 'it', n: 7 });
    await side.send(left);
    finish();
    await stopped;
    expect((await side.resultOf(sent)).data).toMatchObject({ output: { n: 2 } });
    expect(side.resultsOf(left)).toEqual([]);
    running = () => Promise.resolve();
    team = await start();
    expect((await side.resultOf(left)).data).toMatchObject({ output: { n: 8 } });
  });
});
