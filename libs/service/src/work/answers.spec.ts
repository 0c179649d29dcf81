import { describe, expect, it } from '@jest/globals';
import type { OutboxMessage } from '@trimtab/event-store';
import type { Batch, Delivery, Messaging } from '@trimtab/messaging';
import { anEnvelope } from '@trimtab/messaging/testing';
import { Answers } from './answers.js';

const subject = 'trimtab.res.3.run';
const ack = { stream: 'RES', seq: 1, duplicate: false };

/** A bus that keeps the ids of each message, and refuses while it is away. */
function bus() {
  const messages: string[][] = [];
  const state = { away: false };
  const stored = (ids: string[]): Promise<typeof ack> => {
    messages.push(ids);
    return state.away ? Promise.reject(new Error('away')) : Promise.resolve(ack);
  };
  const messaging: Pick<Messaging, 'publish' | 'publishBatch'> = {
    publish: (_subject, { id }) => stored([id]),
    publishBatch: (_subject, bytes) =>
      stored((JSON.parse(Buffer.from(bytes).toString()) as { id: string }[]).map(({ id }) => id)),
  };
  return { messages, state, answers: new Answers(messaging) };
}

const answer = (id: string, data: unknown = {}): OutboxMessage => ({
  subject,
  envelope: anEnvelope({ id, data }),
});
const from = (batch?: Batch): Delivery => ({ streamSequence: 7, batch }) as unknown as Delivery;

describe('answers to commands', () => {
  it('of a whole batch go back in one message, without waiting for another turn', async () => {
    const { messages, answers } = bus();
    const batch = { size: 3 };
    const given = ['a', 'b', 'c'].map((id) => answers.give(answer(id), from(batch)));
    expect(messages).toEqual([['a', 'b', 'c']]);
    await Promise.all(given);
  });

  it('do not wait for those of the batch that are slow or never come', async () => {
    const { messages, answers } = bus();
    const batch = { size: 4 };
    await Promise.all(['a', 'b'].map((id) => answers.give(answer(id), from(batch))));
    expect(messages).toEqual([['a', 'b']]);
    await answers.give(answer('c'), from(batch));
    expect(messages).toEqual([['a', 'b'], ['c']]);
  });

  it('go in as many messages as their size asks for', async () => {
    const { messages, answers } = bus();
    const large = 'x'.repeat(100 * 1024);
    const batch = { size: 3 };
    await Promise.all(['a', 'b', 'c'].map((id) => answers.give(answer(id, large), from(batch))));
    expect(messages).toEqual([['a', 'b'], ['c']]);
  });

  it('fail for each command whose message was not stored', async () => {
    const { answers, state } = bus();
    state.away = true;
    const batch = { size: 2 };
    const given = ['a', 'b'].map((id) => answers.give(answer(id), from(batch)));
    const ended = await Promise.allSettled([...given, answers.give(answer('c'), from())]);
    expect(ended.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected']);
  });
});
