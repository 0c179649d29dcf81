import { afterEach, describe, expect, it } from '@jest/globals';
import { randomInt } from 'node:crypto';
import { createServer } from 'node:net';
import { fileURLToPath } from 'node:url';
import { eventually } from './eventually.js';
import type { FaultyProcess, ProcessOptions } from './faulty-process.js';
import { startProcess } from './faulty-process.js';

const entry = fileURLToPath(new URL('../test/program.mjs', import.meta.url));
const line = /listening on (\d+)/;
let program: FaultyProcess | undefined;

async function start(options: Partial<ProcessOptions> = {}): Promise<FaultyProcess> {
  program = await startProcess({ entry, ready: { line }, ...options });
  return program;
}
const ask = async (one: FaultyProcess, path = '/', timeoutMs = 20_000) =>
  await (
    await fetch(`http://127.0.0.1:${line.exec(one.output)?.[1]}${path}`, {
      signal: AbortSignal.timeout(timeoutMs),
    })
  ).text();

afterEach(async () => {
  await program?.kill();
});

describe('a process under test', () => {
  it('is told to end with its standard input, which ends when its tests do, killed or not', async () => {
    const one = await start();
    expect(await ask(one, '/exit-with-parent')).toBe('true');
    expect(await ask(one, '/input')).toBe('open');
  });

  it('is ready when its line appears', async () => {
    const one = await start();
    expect(await ask(one)).toBe(String(one.pid));
  });

  it('is ready when its URL answers well, not before', async () => {
    const port = await freePort();
    const before = performance.now();
    const one = await start({
      env: { PORT: String(port), WARM_UP_MS: '300' },
      ready: { url: `http://127.0.0.1:${port}/health` },
    });
    expect(performance.now() - before).toBeGreaterThan(300);
    expect(await ask(one)).toBe(String(one.pid));
  });

  it('is another process after a restart, without having been asked', async () => {
    const one = await start();
    const { pid } = one;
    expect(await one.kill()).toEqual({ code: null, signal: 'SIGKILL' });
    expect(one.pid).toBeUndefined();
    expect(one.output).not.toContain('asked to end');
    await one.restart();
    expect(one.pid).not.toBe(pid);
    expect(await ask(one)).toBe(String(one.pid));
  });

  it('can finish when it is stopped, and is killed when it will not', async () => {
    expect(await (await start()).stop()).toEqual({ code: 0, signal: null });
    const stubborn = await start({ env: { STUBBORN: '1' } });
    process.kill(stubborn.pid ?? 0, 'SIGTERM');
    await stubborn.prints(/asked to end/);
    expect(await stubborn.stop(200)).toEqual({ code: null, signal: 'SIGKILL' });
  });

  it('does nothing while it is frozen and goes on afterwards', async () => {
    const one = await start();
    one.freeze();
    await expect(ask(one, '/', 300)).rejects.toThrow();
    one.thaw();
    expect(await eventually(() => ask(one))).toBe(String(one.pid));
  });

  it('shows what it prints', async () => {
    const one = await start();
    const asked = one.prints(/asked to .*/);
    await one.stop();
    expect(await asked).toBe('asked to end');
    await expect(one.prints(/never/, 20)).rejects.toThrow(/did not print/);
  });

  it('that fails at its start is reported with its own words', async () => {
    await expect(start({ env: { FAIL: '1' } })).rejects.toThrow(/ended with 3 [^]*cannot go on like this/);
    await expect(start({ ready: { line: /never/ }, timeoutMs: 300 })).rejects.toThrow(
      /not ready after 300 ms/,
    );
  });
});

/** Where systems take no ports from for outgoing connections: still free when the program comes to it. */
async function freePort(): Promise<number> {
  for (;;) {
    const port = randomInt(20_000, 32_000);
    const probe = createServer();
    const free = await new Promise<boolean>((done) => {
      probe.once('error', () => done(false)).listen(port, '127.0.0.1', () => probe.close(() => done(true)));
    });
    if (free) return port;
  }
}
