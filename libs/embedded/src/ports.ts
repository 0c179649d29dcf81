import { AppError } from '@trimtab/kernel';
import { randomInt } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { dirname } from 'node:path';

/**
 * Where systems take no ports from for outgoing connections: a server that is away for a moment finds its port free
 * when it comes back.
 */
const QUIET = { from: 20_000, to: 32_000 };
const TRIES = 5;

/** A loopback port that was free a moment ago: `preferred` if it is, else a quiet one. */
export async function freePort(preferred?: number): Promise<number> {
  const quiet = Array.from({ length: TRIES }, () => randomInt(QUIET.from, QUIET.to));
  const port = await firstFree([...(preferred === undefined ? [] : [preferred]), ...quiet, 0]);
  if (port === undefined) {
    throw new AppError('embedded.no-port', 'no free port on 127.0.0.1: end some programs and start again', {
      retry: 'later',
    });
  }
  return port;
}

/**
 * Calls `start` with the `wanted` port (an error when it is taken), else with the one remembered in `file` when it is
 * free, else with another. A port can be lost between the look and the start, so that is tried again.
 */
export async function startOnPort<T>(
  wanted: number | undefined,
  file: string,
  start: (port: number) => Promise<T>,
): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    const port = wanted === undefined ? await freePort(rememberedPort(file)) : await requirePort(wanted);
    try {
      const started = await start(port);
      rememberPort(file, port);
      return started;
    } catch (error) {
      if (wanted !== undefined || attempt === 3 || !lostPort(error)) throw error;
    }
  }
}

function lostPort(error: unknown): boolean {
  return error instanceof AppError && /address already in use/i.test(String(error.details['output']));
}

/** Fails with `embedded.port-taken` when a port that was asked for cannot be had. */
async function requirePort(port: number): Promise<number> {
  if ((await tryPort(port)) === port) return port;
  throw new AppError(
    'embedded.port-taken',
    `port ${port} is taken: free it, or leave the port out to get a free one`,
    {
      retry: 'later',
      details: { port },
    },
  );
}

/** The port written to `file` by an earlier start. */
function rememberedPort(file: string): number | undefined {
  try {
    const port = Number.parseInt(readFileSync(file, 'utf8'), 10);
    return port > 0 && port < 65_536 ? port : undefined;
  } catch {
    return undefined;
  }
}

function rememberPort(file: string, port: number): void {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, `${port}\n`);
}

async function firstFree(ports: readonly number[]): Promise<number | undefined> {
  for (const wanted of ports) {
    const port = await tryPort(wanted);
    if (port !== undefined) return port;
  }
  return undefined;
}

function tryPort(port: number): Promise<number | undefined> {
  return new Promise((done) => {
    const probe = createServer();
    probe.once('error', () => done(undefined));
    probe.listen({ port, host: '127.0.0.1', exclusive: true }, () => {
      const address = probe.address();
      probe.close(() => done(address !== null && typeof address === 'object' ? address.port : undefined));
    });
  });
}
