import { once } from 'node:events';
import type { AddressInfo, Server, Socket } from 'node:net';
import { connect, createServer } from 'node:net';

/** What happens to a chunk that passes. `cut after` lets it arrive, swallows the answer and cuts the connection. */
export type Verdict = 'pass' | 'drop' | 'cut after';

/** A TCP proxy before a server, which does to connections what networks do. */
export class Wire {
  /** Chunks from client to server that were judged other than `pass`. */
  hits = 0;
  /** Judges each chunk that a client sends. */
  judge: (bytes: Buffer) => Verdict = () => 'pass';
  private down = false;
  private readonly sockets = new Set<Socket>();

  private constructor(
    private readonly server: Server,
    private readonly target: URL,
    private readonly port: number,
  ) {}

  static async before(target: string): Promise<Wire> {
    const server = createServer();
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const wire = new Wire(server, new URL(target), (server.address() as AddressInfo).port);
    server.on('connection', (client) => wire.join(client));
    return wire;
  }

  /** The target's address through this wire. */
  get url(): string {
    const url = new URL(this.target);
    url.port = String(this.port);
    url.hostname = '127.0.0.1';
    return url.href;
  }

  /** Cuts every connection and refuses new ones. */
  cut(): void {
    this.down = true;
    for (const socket of this.sockets) socket.destroy();
  }

  mend(): void {
    this.down = false;
  }

  async close(): Promise<void> {
    this.cut();
    await new Promise((done) => this.server.close(done));
  }

  private join(client: Socket): void {
    if (this.down) return void client.destroy();
    const upstream = connect(Number(this.target.port), this.target.hostname);
    let swallow = false;
    for (const socket of [client, upstream]) {
      this.sockets.add(socket);
      socket.on('error', () => undefined).on('close', () => this.sockets.delete(socket));
    }
    client.on('data', (bytes: Buffer) => {
      const verdict = this.judge(bytes);
      if (verdict !== 'pass') this.hits += 1;
      if (verdict === 'cut after') swallow = true;
      if (verdict !== 'drop') upstream.write(bytes);
    });
    upstream.on('data', (bytes: Buffer) => (swallow ? client.destroy() : client.write(bytes)));
    client.on('close', () => upstream.destroy());
    upstream.on('close', () => client.destroy());
  }
}
