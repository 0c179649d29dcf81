import { describe, expect, it } from '@jest/globals';
import { patienceWith, verdictOn } from './repair.js';
import { nextSize } from './scaling.js';

const policy = {
  probeMs: 1,
  probes: 3,
  delayMs: 500,
  maxDelayMs: 4_000,
  failures: 3,
  windowMs: 60_000,
  stableMs: 1,
};

describe('a process that fails', () => {
  it('is started again later each time, and raises an incident when it fails too often', () => {
    const verdicts = [];
    for (let recent: readonly number[] = [], at = 0; at < 6_000; at += 1_000) {
      const verdict = verdictOn(recent, at, policy);
      verdicts.push([verdict.delayMs, verdict.incident]);
      recent = verdict.recent;
    }
    expect(verdicts).toEqual([
      [500, false],
      [1_000, false],
      [2_000, true],
      [4_000, true],
      [4_000, true],
      [4_000, true],
    ]);
  });

  it('may be silent for longer after each failure', () => {
    const silent = [[], [0], [0, 1], [0, 1, 2], [0, 1, 2, 3]].map((failures) =>
      patienceWith(failures, 10, policy),
    );
    expect(silent).toEqual([3, 6, 12, 12, 12]);
    expect(patienceWith([0, 1, 2], 60_002, policy)).toBe(3);
  });

  it('is forgiven what was long ago', () => {
    expect(verdictOn([0, 1, 2], 60_002, policy)).toMatchObject({ delayMs: 500, incident: false });
  });
});

describe('a scale hint', () => {
  const limits = { min: 1, max: 4 };
  it.each([
    ['more is needed', 3, { workers: 1, changedAtMs: 0 }, 1_000, 3],
    ['more than allowed', 9, { workers: 1, changedAtMs: -Infinity }, 0, 4],
    ['less than allowed', 0, { workers: 4, changedAtMs: -Infinity }, 0, 1],
    ['less, but it changed just now', 1, { workers: 4, changedAtMs: 0 }, 29_999, undefined],
    ['less, long after', 1, { workers: 4, changedAtMs: 0 }, 30_000, 1],
    ['as it is', 2, { workers: 2, changedAtMs: -Infinity }, 0, undefined],
    ['more at the limit', 9, { workers: 4, changedAtMs: -Infinity }, 0, undefined],
  ])('%s', (_what, desired, size, now, expected) => {
    expect(nextSize(desired, size, limits, 30_000, now)).toBe(expected);
  });
});
