import { afterAll, describe, expect, it } from '@jest/globals';
import { startCloudSim } from '../src/index.js';
import type { CloudSim } from '../src/index.js';
import { now } from './sim.js';

const started: CloudSim[] = [];
const start = async (port?: number): Promise<CloudSim> => {
  const sim = await startCloudSim({ port, seed: 7, now });
  started.push(sim);
  return sim;
};
afterAll(() => Promise.all(started.map((sim) => sim.close())));

const state = async (sim: CloudSim) => (await fetch(`${sim.url}/_sim/state?kind=volumes`)).text();

describe('starting', () => {
  it('a taken default port gives way to a free one, a taken chosen port is an error', async () => {
    const one = await start();
    const two = await start();
    expect(two.url).not.toBe(one.url);
    const taken = Number(new URL(two.url).port);
    await expect(start(taken)).rejects.toMatchObject({ code: 'EADDRINUSE' });
    expect((await fetch(`${two.url}/_sim/health`)).status).toBe(200);
  });

  it('the same seed and moment make the same company', async () => {
    expect(await state(await start(0))).toBe(await state(await start(0)));
  });

  it('listens on loopback only', async () => {
    expect(new URL((await start(0)).url).hostname).toBe('127.0.0.1');
  });
});
