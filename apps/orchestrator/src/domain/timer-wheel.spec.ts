import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { TimerWheel } from './timer-wheel.js';
import type { Sleeper } from './timer-wheel.js';

interface Named extends Sleeper {
  readonly name: number;
}

describe('the timer wheel', () => {
  it('wakes everything that is due, once, and never early', () => {
    const times = fc.array(fc.integer({ min: 0, max: 5_000 }), { minLength: 1, maxLength: 50 });
    const steps = fc.array(fc.integer({ min: 1, max: 2_000 }), { maxLength: 10 });
    fc.assert(
      fc.property(times, steps, (dues, jumps) => {
        const wheel = new TimerWheel<Named>(0);
        dues.forEach((due, name) => wheel.set({ name }, due));
        const woken: number[] = [];
        let now = 0;
        for (const jump of [...jumps, 10_000]) {
          now += jump;
          for (const { name } of wheel.due(now)) {
            expect(dues[name]).toBeLessThanOrEqual(now);
            woken.push(name);
          }
        }
        expect(woken.sort((a, b) => a - b)).toEqual(dues.map((_, i) => i));
      }),
    );
  });

  it('keeps the earlier of two calls and forgets cancelled ones', () => {
    const wheel = new TimerWheel<Named>(0);
    const [early, late] = [{ name: 1 }, { name: 2 }];
    wheel.set(early, 100);
    wheel.set(early, 900);
    wheel.set(late, 900);
    expect(wheel.due(100)).toEqual([early]);
    wheel.cancel(late);
    expect(wheel.due(2_000)).toEqual([]);
  });

  it('takes what is overdue at the next turn, also after the clock was set back', () => {
    const wheel = new TimerWheel<Named>(10_000);
    const item = { name: 1 };
    wheel.set(item, 3_000);
    expect(wheel.due(9_000)).toEqual([]);
    expect(wheel.due(10_050)).toEqual([item]);
  });
});
