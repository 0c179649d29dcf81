import type { Server } from 'node:http';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import type { INestApplication } from '@nestjs/common';

const TRIES = 50;
/** A client that stood still for some seconds may not have seen that its idle connection was closed, and asks on it. */
const KEEP_ALIVE_MS = 65_000;

/** Listens on the wanted port or, when it is taken, on the next free one; 0 = any. Returns the base URL. */
export async function listenHttp(
  app: INestApplication,
  { port, host = '127.0.0.1' }: { port: number; host?: string },
): Promise<string> {
  await listenFrom(app, port, host);
  const server = app.getHttpServer() as Server;
  server.keepAliveTimeout = KEEP_ALIVE_MS;
  const { port: bound } = server.address() as AddressInfo;
  const shown = host === '0.0.0.0' || host === '::' ? '127.0.0.1' : host;
  return `http://${shown}:${bound}`;
}

/** Another program may take the port between the look and the start. */
async function listenFrom(app: INestApplication, port: number, host: string): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      await app.listen(await freePort(port, host), host);
      return;
    } catch (error) {
      if (attempt === TRIES || (error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error;
    }
  }
}

async function freePort(wanted: number, host: string): Promise<number> {
  if (wanted === 0) return 0;
  for (let port = wanted; port < Math.min(wanted + TRIES, 65_536); port += 1)
    if (await isFree(port, host)) return port;
  return 0;
}

function isFree(port: number, host: string): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once('error', () => resolve(false));
    probe.listen(port, host, () => probe.close(() => resolve(true)));
  });
}
