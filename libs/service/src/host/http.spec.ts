import { afterEach, describe, expect, it } from '@jest/globals';
import { createServer } from 'node:http';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { INestApplication } from '@nestjs/common';
import { freePort } from '@trimtab/embedded/testing';
import { listenHttp } from './http.js';

const servers: Server[] = [];
afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => new Promise((done) => server.close(done))));
});

async function listening(server: Server, port: number, host: string): Promise<Server> {
  await new Promise<void>((done, failed) => server.once('error', failed).listen(port, host, done));
  servers.push(server);
  return server;
}

const portOf = (server: Server): number => (server.address() as AddressInfo).port;

/** An app before whose first listening somebody else takes the port that it was given. */
function overtaken(): { app: INestApplication; given: number[] } {
  const server = createServer();
  const given: number[] = [];
  const listen = async (port: number, host: string): Promise<void> => {
    given.push(port);
    if (given.length === 1) await listening(createServer(), port, host);
    await listening(server, port, host);
  };
  return { app: { listen, getHttpServer: () => server } as unknown as INestApplication, given };
}

describe('listening', () => {
  it('moves on when the wanted port is taken, also at the last moment', async () => {
    const taken = await listening(createServer(), await freePort(), '127.0.0.1');
    const { app, given } = overtaken();
    const url = await listenHttp(app, { port: portOf(taken) });
    expect(given.length).toBeGreaterThan(1);
    expect(new Set([portOf(taken), ...given]).size).toBe(given.length + 1);
    expect(url).toBe(`http://127.0.0.1:${given.at(-1)}`);
  });

  it('keeps an idle connection for longer than a client stands still', async () => {
    const server = createServer((_request, response) => response.end());
    const listen = (port: number, host: string) => listening(server, port, host);
    const app = { listen, getHttpServer: () => server } as unknown as INestApplication;
    const answer = await fetch(await listenHttp(app, { port: 0 }));
    expect(answer.headers.get('keep-alive')).toBe('timeout=65');
    await answer.text();
    server.closeAllConnections();
  });
});
