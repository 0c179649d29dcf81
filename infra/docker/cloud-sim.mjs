/**
 * The simulated cloud account for other containers: it listens on loopback only, so this passes AWS requests on.
 * The control API stays inside the container.
 */
import { once } from 'node:events';
import { createServer, request } from 'node:http';

const port = Number(process.env.FRONT_PORT ?? 4566);
const inner = Number(process.env.CLOUD_SIM_PORT ?? 4567);

const front = createServer((incoming, answer) => {
  if (incoming.url?.startsWith('/_sim')) return answer.writeHead(403).end();
  const { method, url: path, headers } = incoming;
  const outgoing = request({ host: '127.0.0.1', port: inner, method, path, headers }, (reply) => {
    answer.writeHead(reply.statusCode ?? 502, reply.headers);
    reply.pipe(answer);
    reply.on('error', () => answer.destroy());
  });
  outgoing.on('error', () => answer.destroy());
  incoming.pipe(outgoing);
});

// First, so that whoever reads that the simulation is ready finds somebody at the door.
await once(front.listen(port, '0.0.0.0'), 'listening');
await import('../../apps/cloud-sim/dist/main.js');
for (const signal of ['SIGTERM', 'SIGINT']) process.once(signal, () => front.close());
