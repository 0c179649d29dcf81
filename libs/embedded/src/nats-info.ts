import { createConnection } from 'node:net';

/** The greeting of a NATS server, as far as it is read here. */
export interface NatsInfo {
  readonly server_name: string;
  readonly version: string;
  readonly jetstream?: boolean;
}

/** Connects, reads the greeting that every NATS server sends first, and hangs up. Rejects when it is not one. */
export function natsInfo(host: string, port: number, timeoutMs: number): Promise<NatsInfo> {
  return new Promise((done, failed) => {
    const socket = createConnection({ host, port });
    let received = '';
    const fail = (error: Error) => {
      socket.destroy();
      failed(error);
    };
    socket.setTimeout(timeoutMs, () => fail(new Error(`no greeting within ${timeoutMs} ms`)));
    socket.on('error', fail);
    socket.on('close', () => failed(new Error('connection closed before a greeting')));
    socket.on('data', (chunk) => {
      received += chunk.toString('utf8');
      const end = received.indexOf('\r\n');
      if (end < 0) return;
      try {
        if (!received.startsWith('INFO ')) throw new Error('the greeting is not that of a NATS server');
        done(JSON.parse(received.slice(5, end)) as NatsInfo);
        socket.destroy();
      } catch (error) {
        fail(error as Error);
      }
    });
  });
}
