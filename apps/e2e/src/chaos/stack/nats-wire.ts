import { once } from 'node:events';
import type { AddressInfo, Server, Socket } from 'node:net';
import { connect, createServer } from 'node:net';

/** One protocol message of NATS: its first line, and for messages with a payload what follows. */
export interface Frame {
  readonly verb: string;
  readonly subject: string;
  readonly payload: Buffer;
}

const WITH_PAYLOAD = new Set(['PUB', 'HPUB', 'MSG', 'HMSG']);
const END = '\r\n';

/** A proxy before a nats-server that knows messages from one another and loses some of them. */
export class NatsWire {
  /** Messages that were lost. */
  dropped = 0;
  loses: (frame: Frame) => boolean = () => false;
  private readonly sockets = new Set<Socket>();

  private constructor(
    private readonly server: Server,
    readonly url: string,
  ) {}

  static async before(target: string): Promise<NatsWire> {
    const { hostname, port } = new URL(target);
    const server = createServer();
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const wire = new NatsWire(server, `nats://127.0.0.1:${(server.address() as AddressInfo).port}`);
    server.on('connection', (client) => wire.join(client, connect(Number(port), hostname)));
    return wire;
  }

  async close(): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    await new Promise((done) => this.server.close(done));
  }

  private join(client: Socket, upstream: Socket): void {
    for (const socket of [client, upstream]) {
      this.sockets.add(socket);
      socket.on('error', () => undefined);
    }
    const [requests, answers] = [new Frames(), new Frames()];
    client.on('data', (bytes: Buffer) => this.pass(requests.read(bytes), upstream));
    upstream.on('data', (bytes: Buffer) => this.pass(answers.read(bytes), client));
    client.on('close', () => upstream.destroy());
    upstream.on('close', () => client.destroy());
  }

  private pass(frames: readonly (Frame & { raw: Buffer })[], to: Socket): void {
    for (const frame of frames)
      if (WITH_PAYLOAD.has(frame.verb) && this.loses(frame)) this.dropped += 1;
      else to.write(frame.raw);
  }
}

/** Cuts a stream of bytes into protocol messages. */
class Frames {
  private rest = Buffer.alloc(0);

  read(bytes: Buffer): (Frame & { raw: Buffer })[] {
    this.rest = Buffer.concat([this.rest, bytes]);
    const frames: (Frame & { raw: Buffer })[] = [];
    for (let frame = this.next(); frame; frame = this.next()) frames.push(frame);
    return frames;
  }

  private next(): (Frame & { raw: Buffer }) | undefined {
    const line = this.rest.indexOf(END);
    if (line < 0) return undefined;
    const words = this.rest.subarray(0, line).toString().split(/\s+/);
    const [verb = '', subject = ''] = [words[0]?.toUpperCase(), words[1]];
    const size = WITH_PAYLOAD.has(verb) ? Number(words.at(-1)) + END.length : 0;
    const end = line + END.length + size;
    if (this.rest.length < end) return undefined;
    const raw = this.rest.subarray(0, end);
    this.rest = this.rest.subarray(end);
    return { verb, subject, payload: raw.subarray(line + END.length), raw };
  }
}
