import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gunzipSync } from 'node:zlib';
import type { WireReply, WireRequest } from '../protocols/protocol.js';

const maxBody = 16 * 1024 * 1024;

export interface Handlers {
  aws(request: WireRequest): Promise<WireReply | undefined>;
  control(request: WireRequest): WireReply;
}

/** Listens on loopback. Port 4566 taken and not asked for by name → any free port. */
export async function listen(handlers: Handlers, port: number | undefined): Promise<Server> {
  const server = createServer((request, response) => {
    answer(handlers, request, response).catch(() => response.destroy());
  });
  server.keepAliveTimeout = 30_000;
  try {
    await bind(server, port ?? 4566);
  } catch (error) {
    if (port !== undefined || (error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error;
    await bind(server, 0);
  }
  return server;
}

export const urlOf = (server: Server): string => `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

export function closeServer(server: Server): Promise<void> {
  return new Promise((resolve, reject) => {
    server.close((error) => (error ? reject(error) : resolve()));
    server.closeAllConnections();
  });
}

function bind(server: Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => {
      server.off('error', reject);
      resolve();
    });
  });
}

async function answer(handlers: Handlers, raw: IncomingMessage, response: ServerResponse): Promise<void> {
  const request = await readRequest(raw);
  const isControl = request.path === '/_sim' || request.path.startsWith('/_sim/');
  if (isControl && !isLoopback(raw.socket.remoteAddress)) {
    response.writeHead(403).end();
    return;
  }
  const reply = isControl ? handlers.control(request) : await handlers.aws(request);
  if (!reply) {
    response.destroy();
    return;
  }
  const { status, headers, body } = reply;
  const bodiless = status === 204 || request.method === 'HEAD';
  const length = bodiless ? {} : { 'content-length': String(Buffer.byteLength(body)) };
  response.writeHead(status, { ...headers, ...length }).end(bodiless ? undefined : body);
}

async function readRequest(raw: IncomingMessage): Promise<WireRequest> {
  const url = raw.url ?? '/';
  const mark = url.indexOf('?');
  const body = await readBody(raw);
  return {
    method: raw.method ?? 'GET',
    host: raw.headers.host ?? '',
    path: mark < 0 ? url : url.slice(0, mark),
    query: new URLSearchParams(mark < 0 ? '' : url.slice(mark + 1)),
    headers: raw.headers,
    body: String(raw.headers['content-encoding'] ?? '').includes('gzip') ? gunzipSync(body) : body,
  };
}

async function readBody(raw: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of raw as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > maxBody) throw new RangeError('request body too large');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

const isLoopback = (address: string | undefined): boolean =>
  address === '::1' || /^(::ffff:)?127\./.test(address ?? '');
