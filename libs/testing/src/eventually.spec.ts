import { describe, expect, it } from '@jest/globals';
import { eventually } from './eventually.js';

describe('eventually', () => {
  it('gives what comes at last', async () => {
    let looks = 0;
    const look = () => {
      looks += 1;
      if (looks === 1) throw new Error('too early');
      return looks === 2 ? undefined : looks === 3 ? false : 'here';
    };
    expect(await eventually(look, { intervalMs: 1 })).toBe('here');
    expect(looks).toBe(4);
  });

  it('takes zero and null for answers', async () => {
    expect(await eventually(() => 0)).toBe(0);
    expect(await eventually(() => null)).toBeNull();
  });

  it('throws the last error when time is over', async () => {
    let looks = 0;
    const look = () => Promise.reject(new Error(`look ${(looks += 1)}`));
    const thrown = await eventually(look, { timeoutMs: 100, intervalMs: 5 }).catch((error: Error) => error);
    expect(looks).toBeGreaterThan(1);
    expect(thrown).toMatchObject({ message: `look ${looks}` });
  });

  it('looks once more when a look took all the time', async () => {
    const slow = [
      () => new Promise<undefined>((done) => setTimeout(() => done(undefined), 30)),
      () => 'here',
    ];
    expect(await eventually(() => slow.shift()?.(), { timeoutMs: 20, intervalMs: 1 })).toBe('here');
  });

  it('says that nothing came', async () => {
    await expect(eventually(() => undefined, { timeoutMs: 5, intervalMs: 1 })).rejects.toThrow(
      /nothing came within 5 ms/,
    );
  });
});
