import { describe, expect, it } from '@jest/globals';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { checkNats } from './configured.js';
import { natsBinary } from './nats-binary.js';

async function greeting<T>(text: string, work: (port: number) => Promise<T>): Promise<T> {
  const server = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.write(text);
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  try {
    return await work((server.address() as AddressInfo).port);
  } finally {
    server.close();
  }
}

describe('a configured NATS server', () => {
  it('is accepted when one of several answers', async () => {
    await greeting('INFO {"server_name":"n","version":"2.14.0","jetstream":true}\r\n', (port) =>
      checkNats(`nats://127.0.0.1:1, 127.0.0.1:${port}`),
    );
  });

  it('is reported, not refused, when it has no JetStream of its own', async () => {
    const lines: string[] = [];
    await greeting('INFO {"server_name":"n","version":"2.14.0"}\r\n', (port) =>
      checkNats(`nats://127.0.0.1:${port}`, (line) => lines.push(line)),
    );
    expect(lines.join()).toContain('JetStream');
  });

  it('is refused when something else answers', async () => {
    await greeting('SSH-2.0-OpenSSH\r\n', async (port) => {
      await expect(checkNats(`nats://127.0.0.1:${port}`)).rejects.toMatchObject({
        code: 'embedded.nats-unreachable',
        message: expect.stringContaining('not that of a NATS server'),
      });
    });
  });

  it('is refused when the URL is none', async () => {
    await expect(checkNats('nats://')).rejects.toMatchObject({ code: 'embedded.bad-url' });
  });
});

describe('the nats-server program', () => {
  it('is found, or the error names both ways out', () => {
    const outcome = () => natsBinary('');
    if (process.platform === 'linux' && process.arch === 'x64') expect(outcome()).toMatch(/nats-server$/);
    else expect(outcome).toThrow(/NATS_URL.*PATH/);
  });
});
