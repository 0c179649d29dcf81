import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { armCrashPoints, crashPoint } from '@trimtab/kernel';
import { crashAt } from '../src/host/crash-at.js';

describe('TRIMTAB_CRASH_AT', () => {
  const kill = jest.spyOn(process, 'kill').mockReturnValue(true);
  afterEach(() => {
    armCrashPoints();
    kill.mockClear();
  });

  it('ends the process when it comes to the point for the nth time, and not before', () => {
    crashAt('task.stored#2', false);
    crashPoint('task.stored');
    crashPoint('task.worked');
    expect(kill).not.toHaveBeenCalled();
    crashPoint('task.stored');
    crashPoint('task.stored');
    expect(kill.mock.calls).toEqual([[process.pid, 'SIGKILL']]);
  });

  it('stops it instead when asked to', () => {
    crashAt('effect.before=SIGSTOP', false);
    crashPoint('effect.before');
    expect(kill.mock.calls).toEqual([[process.pid, 'SIGSTOP']]);
  });

  it('is refused for what is no point, and in production', () => {
    expect(() => crashAt('nowhere', false)).toThrow(/wants one of run\.decided/);
    expect(() => crashAt('task.stored', true)).toThrow(/production/);
  });
});
