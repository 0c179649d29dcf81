import { describe, expect, it } from '@jest/globals';
import { AppError } from '@trimtab/kernel';
import { exitCodeOf, exitCodeOfRun } from './exit-codes.js';

describe('exit codes', () => {
  it.each([
    ['cli.usage', 2],
    ['config.invalid', 2],
    ['cli.interrupted', 130],
    ['gateway.unreachable', 1],
    ['schedule.unknown', 1],
  ])('of %s are %i', (code, expected) => {
    expect(exitCodeOf(new AppError(code, 'What to do.'))).toBe(expected);
  });

  it('of what nobody expected is 1', () => {
    expect(exitCodeOf(new TypeError('x'))).toBe(1);
    expect(exitCodeOf('x')).toBe(1);
  });

  it('of a run tell complete, partial and failed apart', () => {
    expect([
      exitCodeOfRun('COMPLETED', 0),
      exitCodeOfRun('COMPLETED', 2),
      exitCodeOfRun('CANCELLED', 0),
    ]).toEqual([0, 3, 1]);
  });
});
