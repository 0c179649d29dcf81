import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { DatabaseClock } from './run-clock.js';

const AHEAD_MS = 3_600_000;

/** A database whose clock is an hour ahead; each answer takes as long on its way back as the list says. */
function databaseAnsweringAfter(...delays: number[]): { clock: DatabaseClock; asked: () => number } {
  let asked = 0;
  const clock = new DatabaseClock(async () => {
    const now = new Date(Date.now() + AHEAD_MS);
    jest.advanceTimersByTime(delays[asked] ?? 0);
    asked += 1;
    return now;
  });
  return { clock, asked: () => asked };
}
const errorOf = (clock: DatabaseClock): number => Math.abs(clock.ms - Date.now() - AHEAD_MS);

describe("the database's clock", () => {
  beforeEach(() => void jest.useFakeTimers({ now: Date.parse('2026-11-21T00:00:00Z') }));
  afterEach(() => void jest.useRealTimers());

  it('is read once when the answer comes at once, and goes on by itself', async () => {
    const { clock, asked } = databaseAnsweringAfter(20);
    await clock.synchronize();
    expect(asked()).toBe(1);
    jest.advanceTimersByTime(5_000);
    expect(errorOf(clock)).toBeLessThanOrEqual(10);
  });

  it('is asked again when the process stood still over the answer', async () => {
    const { clock, asked } = databaseAnsweringAfter(5_000, 4);
    await clock.synchronize();
    expect(asked()).toBe(2);
    expect(errorOf(clock)).toBeLessThanOrEqual(2);
  });

  it('takes the quickest of a few answers when all of them are slow', async () => {
    const { clock } = databaseAnsweringAfter(300, 900, 120, 400, 800, 10);
    await clock.synchronize();
    expect(errorOf(clock)).toBeLessThanOrEqual(60);
  });
});
