import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { TaskCommandData } from '@trimtab/contracts';
import type { Envelope } from '@trimtab/kernel';
import { batchOf, encodeEntry } from '@trimtab/messaging';
import { eventually } from '@trimtab/testing';
import { Bench, flow, SILENCE } from './bench.js';

const wide = flow('wide', {
  tasks: {
    first: { uses: 'test.work' },
    ...Object.fromEntries(['a', 'b', 'c'].map((id) => [id, { uses: 'test.work', needs: ['first'] }])),
  },
});

/** Messages are counted here: what is not confirmed for a while is not sent again meanwhile. */
const sweepMs = 600_000;

describe('commands and answers in batches', () => {
  let bench: Bench;
  beforeEach(async () => {
    bench = await Bench.open();
  });
  afterEach(() => bench.dispose());

  const worked = (takes?: number) => {
    const at = new Date().toISOString();
    return { startedAt: at, endedAt: at, worker: 'test-1', ...(takes !== undefined && { takes }) };
  };
  const answerTo = (command: Envelope<TaskCommandData>, takes?: number): Envelope =>
    ({
      specversion: '1.0',
      id: `${command.id}.1`,
      source: '/test',
      type: 'trimtab.task.result.v1',
      time: new Date().toISOString(),
      runid: command.runid,
      taskid: command.taskid,
      attempt: command.attempt,
      fencetoken: `${command.attempt}.1`,
      data: { status: 'completed', output: {}, ...worked(takes) },
    }) as Envelope;
  const received = async (count: number): Promise<Envelope<TaskCommandData>[]> => {
    await eventually(() => bench.received.length >= count, { intervalMs: 20 });
    expect(bench.received).toHaveLength(count);
    return [...bench.received];
  };

  it('sends what is ready together in one message to workers that said so, and singly to others', async () => {
    await bench.orchestrator([wide], { sweepMs });
    bench.answer = () => SILENCE;
    await bench.worker();
    const runId = await bench.start('wide');
    const [first] = await received(1);
    await bench.messaging.publish(first!.data.replyTo, answerTo(first!, 16));
    await received(4);
    expect(bench.together).toEqual([1, 3]);
    for (const command of bench.received.slice(1))
      await bench.messaging.publish(command.data.replyTo, answerTo(command));
    await bench.until(runId, 'COMPLETED');

    bench.received.length = 0;
    const other = await bench.start('wide');
    const [again] = await received(1);
    await bench.messaging.publish(again!.data.replyTo, answerTo(again!));
    await received(4);
    expect(bench.together).toEqual([1, 3, 1, 1, 1, 1]);
    for (const command of bench.received.slice(1))
      await bench.messaging.publish(command.data.replyTo, answerTo(command));
    await bench.until(other, 'COMPLETED');
  });

  it('takes answers to runs of many partitions and of another owner in one message, and buries a bad one alone', async () => {
    // Long enough that neither takes for dead who only stood still: what changes hands is sent again.
    const leaseMs = 60_000;
    const first = await bench.orchestrator([wide], { leaseMs, sweepMs });
    const second = await bench.orchestrator([wide], { leaseMs, sweepMs });
    await eventually(() => first.partitions.length === 8 && second.partitions.length === 8);
    bench.answer = () => SILENCE;
    await bench.worker();
    const runs = await Promise.all(Array.from({ length: 24 }, () => bench.start('wide')));
    for (const step of [24, 96]) {
      const open = (await received(step)).slice(step === 24 ? 0 : 24);
      const answers = open.map((command) => encodeEntry(answerTo(command)));
      const bad = encodeEntry({ ...answerTo(open[0]!), id: 'bad', data: { status: 'odd' } } as Envelope);
      await bench.messaging.publishBatch(
        open[0]!.data.replyTo,
        batchOf([bad, ...answers, ...answers.slice(0, 3)]),
      );
    }
    for (const runId of runs) await bench.until(runId, 'COMPLETED');
    const letters = async () => (await (await bench.messaging.jsm()).streams.info('DLQ')).state.messages;
    await eventually(async () => (await letters()) >= 2);
    expect(await letters()).toBe(2);
  });
});
