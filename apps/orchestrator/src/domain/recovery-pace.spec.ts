import { describe, expect, it } from '@jest/globals';
import { RecoveryPace } from './recovery-pace.js';
import type { Metered, Slot } from './recovery-pace.js';

const POOL = 'discovery.default';

function given() {
  const told: [string, Metered][] = [];
  const pace = new RecoveryPace({
    began: (metered) => void told.push(['began', metered]),
    ended: (metered) => void told.push(['ended', metered]),
  });
  const sent: Slot[] = [];
  const send = (count: number, now = 0): void => {
    for (let i = 0; i < count; i += 1) pace.admit(POOL, now, (slot) => void sent.push(slot));
  };
  return { pace, told, sent, send };
}

describe('the pace of a recovery', () => {
  it('meters only what recovers, and what comes behind those that wait', () => {
    const { pace, send, told } = given();
    expect([pace.isMetered(POOL, false), pace.isMetered(POOL, true)]).toEqual([false, true]);
    send(64);
    expect(pace.isMetered(POOL, false)).toBe(false);
    send(1);
    expect([pace.isMetered(POOL, false), pace.isMetered('other.default', false)]).toEqual([true, false]);
    expect(told).toMatchObject([['began', { pool: POOL, waiting: 1, window: 64 }]]);
  });

  it('opens with every answer, so that healthy workers soon get all they can take', () => {
    const { pace, sent, send, told } = given();
    send(10_000);
    expect(sent).toHaveLength(64);
    for (let answered = 0; answered < sent.length; answered += 1)
      pace.answered(sent[answered] as Slot, false, 1);
    expect(sent).toHaveLength(10_000);
    expect(told.at(-1)).toMatchObject(['ended', { waiting: 0, most: 9_936, window: 4_096 }]);
    pace.tick(10_000);
    expect([pace.waiting, pace.isMetered(POOL, false)]).toEqual([0, false]);
  });

  it('opens with time where work is long: ten thousand are out in seconds', () => {
    const { pace, sent, send } = given();
    send(10_000);
    let now = 0;
    for (; sent.length < 10_000; now += 25) pace.tick(now);
    expect(now).toBeLessThan(10_000);
    expect(sent.filter(({ atMs }) => atMs < 2_000).length).toBeLessThan(1_000);
  });

  it('closes when the service says that it cannot, once a second, and never wholly', () => {
    const { pace, sent, send } = given();
    send(1_000);
    const complain = (now: number): void => {
      for (const slot of sent.splice(0)) pace.answered(slot, true, now);
    };
    complain(10);
    expect(sent.length).toBeLessThanOrEqual(64);
    for (let now = 2_000; now < 20_000; now += 1_000) complain(now);
    sent.length = 0;
    pace.tick(30_000);
    expect(sent.length).toBeGreaterThan(0);
    expect(sent.length).toBeLessThanOrEqual(16);
  });

  it('counts an answer once, and one that it does not know not at all', () => {
    const { pace, sent, send } = given();
    send(66);
    const [first] = sent as [Slot];
    pace.answered(first, false, 1);
    pace.answered(first, false, 1);
    pace.answered({ pool: 'other.default', atMs: 0 }, false, 1);
    expect(sent).toHaveLength(66);
  });
});
