import { createServer } from 'node:http';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { ServiceRuntime } from '../runtime.js';

export interface Health {
  readonly url: string;
  /** From now on it says that it is not ready. */
  draining(): void;
  close(): Promise<void>;
}

type Check = 'up' | 'down';
const CHECK_TIMEOUT_MS = 2_000;

/** `/health/live` (the process answers) and `/health/ready` (bus and database answer and it does not drain). */
export async function serveHealth(runtime: ServiceRuntime): Promise<Health> {
  const state = { draining: false };
  const server = createServer((request, response) => {
    void answer(request.url ?? '', runtime, state).then(({ status, body }) => {
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    });
  });
  const port = await listen(server, runtime.config.HEALTH_PORT);
  return {
    url: `http://127.0.0.1:${port}/health`,
    draining: () => void (state.draining = true),
    close: () => {
      server.closeAllConnections();
      return new Promise((done) => server.close(() => done()));
    },
  };
}

async function answer(path: string, runtime: ServiceRuntime, { draining }: { draining: boolean }) {
  const { name, instanceId } = runtime;
  if (path.startsWith('/health/live')) return { status: 200, body: { service: name, instance: instanceId } };
  if (!path.startsWith('/health/ready'))
    return { status: 404, body: { error: 'see /health/live and /health/ready' } };
  const nats: Check = runtime.messaging.connected ? 'up' : 'down';
  const postgres = await database(runtime);
  const ready = !draining && nats === 'up' && postgres === 'up';
  return {
    status: ready ? 200 : 503,
    body: { service: name, instance: instanceId, ready, draining, nats, postgres },
  };
}

async function database({ pool }: ServiceRuntime): Promise<Check> {
  const late = new Promise<Check>((done) => void setTimeout(() => done('down'), CHECK_TIMEOUT_MS).unref());
  const asked = pool.query('SELECT 1').then(
    (): Check => 'up',
    (): Check => 'down',
  );
  return Promise.race([asked, late]);
}

/** Another service of the same process may have the wanted port: then any. */
function listen(server: Server, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EADDRINUSE' || port === 0) reject(error);
      else listen(server, 0).then(resolve, reject);
    });
    server.listen(port, () => resolve((server.address() as AddressInfo).port));
  });
}
