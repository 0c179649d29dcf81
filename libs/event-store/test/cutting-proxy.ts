import type { Server, Socket } from 'node:net';
import { connect, createServer } from 'node:net';

type Fault = 'none' | 'cut answer' | 'cut request' | 'delay request';

/** A TCP proxy before Postgres that damages the connection around the next append statement that passes. */
export class CuttingProxy {
  cuts = 0;
  private fault: Fault = 'none';
  private delayMs = 0;
  private readonly sockets = new Set<Socket>();

  private constructor(
    private readonly server: Server,
    readonly url: string,
  ) {}

  static async listen(target: string): Promise<CuttingProxy> {
    const { hostname, port, pathname, username } = new URL(target);
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const own = (server.address() as { port: number }).port;
    const proxy = new CuttingProxy(server, `postgres://${username}@127.0.0.1:${own}${pathname}`);
    server.on('connection', (client) => proxy.join(client, connect(Number(port), hostname)));
    return proxy;
  }

  /** The statement reaches Postgres and commits; its answer is swallowed and the connection cut. */
  cutNextAnswer(): void {
    this.fault = 'cut answer';
  }

  /** The connection is cut before the statement reaches Postgres. */
  cutNextRequest(): void {
    this.fault = 'cut request';
  }

  /** The client sees a cut connection at once; the statement reaches Postgres later all the same. */
  delayNextRequest(ms: number): void {
    this.fault = 'delay request';
    this.delayMs = ms;
  }

  async close(): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private join(client: Socket, upstream: Socket): void {
    let swallow = false;
    for (const socket of [client, upstream]) {
      this.sockets.add(socket);
      socket.on('error', () => undefined);
    }
    client.on('data', (bytes) => {
      const fault = this.fault !== 'none' && bytes.includes('append log_') ? this.fault : 'none';
      if (fault !== 'none') this.hit();
      if (fault === 'none') upstream.write(bytes);
      if (fault === 'cut answer') {
        swallow = true;
        upstream.write(bytes);
      }
      if (fault === 'cut request') upstream.destroy();
      if (fault === 'delay request') {
        client.destroy();
        setTimeout(() => upstream.write(bytes), this.delayMs);
        setTimeout(() => upstream.destroy(), this.delayMs + 100);
        swallow = true;
      }
      if (fault === 'cut request') client.destroy();
    });
    upstream.on('data', (bytes) => (swallow ? client.destroy() : client.write(bytes)));
    client.on('close', () => (swallow ? undefined : upstream.destroy()));
    upstream.on('close', () => client.destroy());
  }

  private hit(): void {
    this.fault = 'none';
    this.cuts += 1;
  }
}
