import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { FeedBeat } from './feed-beat.js';

describe('the beat of the public feeds', () => {
  let beats: [string, number][];
  let beat: FeedBeat;
  const ask = (name: string, urgent: boolean): void => beat.ask(named.get(name) ?? addNamed(name), urgent);
  const named = new Map<string, () => void>();
  const addNamed = (name: string): (() => void) => {
    const publish = (): void => void beats.push([name, Date.now()]);
    named.set(name, publish);
    return publish;
  };

  beforeEach(() => {
    jest.useFakeTimers({ now: 0 });
    beats = [];
    named.clear();
    beat = new FeedBeat(() => Date.now());
  });
  afterEach(() => void jest.useRealTimers());

  it('comes at once for what is urgent, and takes along what waits', () => {
    ask('patient', false);
    jest.advanceTimersByTime(5);
    ask('urgent', true);
    jest.advanceTimersByTime(0);
    expect(beats).toEqual([
      ['patient', 5],
      ['urgent', 5],
    ]);
  });

  it('lets what is patient wait for a while, however often it asks', () => {
    for (let at = 0; at < 40; at += 10) {
      ask('patient', false);
      jest.advanceTimersByTime(10);
    }
    expect(beats).toEqual([]);
    jest.advanceTimersByTime(10);
    expect(beats).toEqual([['patient', 50]]);
  });

  it('keeps its distance under load', () => {
    for (let at = 0; at < 100; at += 1) {
      ask('a', true);
      ask('b', true);
      jest.advanceTimersByTime(1);
    }
    const times = new Set(beats.map(([, at]) => at));
    expect(times.size).toBeLessThanOrEqual(11);
    expect(beats.filter(([name]) => name === 'a')).toHaveLength(times.size);
    expect(beats.filter(([name]) => name === 'b')).toHaveLength(times.size);
  });
});
