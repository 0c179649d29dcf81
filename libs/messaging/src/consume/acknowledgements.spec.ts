import { describe, expect, it } from '@jest/globals';
import type { Msg } from '@nats-io/nats-core';
import { eventually } from '../testing.js';
import { Acknowledgements } from './acknowledgements.js';

/** Messages that tell when they were answered, and with what. */
function messages() {
  const answers: string[] = [];
  const message = (name: string): Msg => {
    const respond = (payload?: unknown): boolean =>
      answers.push(`${name} ${Buffer.from(payload as Uint8Array).toString()}`) > 0;
    return { respond } as unknown as Msg;
  };
  return { answers, message };
}

describe('acknowledgements', () => {
  it('wait for the next thing that is published, in their order', () => {
    const { answers, message } = messages();
    const acks = new Acknowledgements();
    acks.add(message('a'));
    acks.add(message('b'));
    expect(answers).toEqual([]);
    acks.flush();
    expect(answers).toEqual(['a +ACK', 'b +ACK']);
    acks.flush();
    expect(answers).toHaveLength(2);
  });

  it('go out by themselves when nothing is published', async () => {
    const { answers, message } = messages();
    const acks = new Acknowledgements();
    acks.add(message('a'));
    await eventually(() => answers.length === 1);
    acks.add(message('b'));
    await eventually(() => answers.length === 2);
  });

  it('do not become many', () => {
    const { answers, message } = messages();
    const acks = new Acknowledgements();
    for (let n = 0; n < 40; n += 1) acks.add(message(String(n)));
    expect(answers).toHaveLength(32);
    acks.flush();
    expect(answers).toHaveLength(40);
  });
});
