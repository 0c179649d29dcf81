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
  const server = createServer((_request, answer) => answer.end());
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

  it('leaves it to clients and load balancers to close a connection that nobody uses', async () => {
    const url = await listenHttp(overtaken().app, { port: 0 });
    const answer = await fetch(url);
    await answer.body?.cancel();
    const [, seconds] = /^timeout=(\d+)$/.exec(answer.headers.get('keep-alive') ?? '') ?? [];
    expect(Number(seconds)).toBeGreaterThan(60);
  });
});
