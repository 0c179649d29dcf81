/**
 * The seven steps on Restate: `node restate.mjs <folder>`. Its server is a process with its own log in the folder; the
 * handler and its steps are functions of this process, each recorded by the server.
 */
import * as restate from '@restatedev/restate-sdk';
import { spawn } from 'node:child_process';
import { createServer } from 'node:http2';
import { createRequire } from 'node:module';
import { createServer as createProbe } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { add, serve } from './door.mjs';

// The SDK asks for a newer Node for this function alone.
Promise.withResolvers ??= function () {
  let settle;
  const promise = new this((resolve, reject) => (settle = { resolve, reject }));
  return { promise, ...settle };
};

const step = (ctx, name, ...values) => ctx.run(name, () => add(...values));

const sevenSteps = restate.service({
  name: 'SevenSteps',
  handlers: {
    run: async (ctx, { seed }) => {
      const first = await step(ctx, 'first', seed);
      const sides = await restate.RestatePromise.all(
        ['left', 'middle', 'right'].map((name) => step(ctx, name, first)),
      );
      const join = await step(ctx, 'join', ...sides);
      return { sum: await step(ctx, 'last', await step(ctx, 'sixth', join)) };
    },
  },
});

const [ingress, admin, node] = await Promise.all([freePort(), freePort(), freePort()]);
const servicePort = await listen(createServer(restate.createEndpointHandler({ services: [sevenSteps] })));
const require = createRequire(import.meta.url);
const server = spawn(
  require.resolve(`@restatedev/restate-server-${process.platform}-${process.arch}/bin/restate-server`),
  ['--no-logo', '--listen-mode', 'tcp', '--bind-ip', '127.0.0.1', '--bind-port', String(node)],
  {
    cwd: process.argv[2],
    stdio: ['ignore', 'ignore', 'inherit'],
    env: {
      ...process.env,
      RESTATE_BASE_DIR: process.argv[2],
      RESTATE_NODE_NAME: 'bench',
      RESTATE_DISABLE_TELEMETRY: 'true',
      RESTATE_LOG_FILTER: 'error',
      RESTATE_INGRESS__BIND_PORT: String(ingress),
      RESTATE_ADMIN__BIND_PORT: String(admin),
    },
  },
);
const ended = new Promise((done) => server.once('close', done));
process.on('exit', () => server.kill('SIGKILL'));
await register();
serve(
  () => ({ ingress, server: server.pid }),
  async () => {
    server.kill('SIGTERM');
    await Promise.race([ended, sleep(10_000)]);
  },
);

async function register() {
  for (const end = Date.now() + 60_000; ; await sleep(200)) {
    const answer = await fetch(`http://127.0.0.1:${admin}/deployments`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ uri: `http://127.0.0.1:${servicePort}` }),
    }).catch(() => undefined);
    if (answer?.ok) return;
    if (Date.now() > end) throw new Error(`Restate takes no service: ${await answer?.text()}`);
  }
}

function listen(listener) {
  return new Promise((done) => listener.listen(0, '127.0.0.1', () => done(listener.address().port)));
}

async function freePort() {
  const probe = createProbe();
  const port = await listen(probe);
  await new Promise((done) => probe.close(done));
  return port;
}
