import { once } from 'node:events';
import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { EffectCall } from '../worker/provider-client.js';

export interface PerformedEffect extends EffectCall {
  readonly at: number;
}

/**
 * The outside world, in the process of the scenario, which nobody kills: it does what it is told each time it is told,
 * writes that down, and refuses a token that is lower than one it was shown for the same effect.
 */
export class Provider {
  /** Every effect that took place, in this order, repetitions too. */
  readonly effects: PerformedEffect[] = [];
  /** Calls refused for their token. */
  refused = 0;
  /** Calls of any kind. */
  calls = 0;
  /** Called after an effect took place and before its answer leaves. */
  onEffect: ((call: EffectCall) => Promise<void> | void) | undefined;
  private readonly tokens = new Map<string, readonly [number, number]>();

  private constructor(
    private readonly server: Server,
    readonly url: string,
  ) {}

  static async listen(): Promise<Provider> {
    const server = createServer();
    // Who was stopped for long finds its connection as it left it.
    server.keepAliveTimeout = 0;
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const provider = new Provider(server, `http://127.0.0.1:${port}`);
    server.on('request', (request, response) => void provider.answer(request, response));
    return provider;
  }

  /** Keys of effects that took place more than once. */
  repeated(): string[] {
    const seen = new Set<string>();
    return this.effects.map(({ key }) => key).filter((key) => seen.has(key) || !seen.add(key));
  }

  async close(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((done) => this.server.close(done));
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const call = JSON.parse(await textOf(request)) as EffectCall;
    this.calls += 1;
    if (this.isStale(call)) {
      this.refused += 1;
      response.writeHead(409).end();
      return;
    }
    this.tokens.set(call.key, call.token);
    if (request.url === '/apply') {
      this.effects.push({ ...call, at: Date.now() });
      await this.onEffect?.(call);
    }
    const done = this.effects.some(({ key }) => key === call.key);
    response.end(JSON.stringify({ done }));
  }

  private isStale({ key, token: [attempt, claim] }: EffectCall): boolean {
    const [newestAttempt, newestClaim] = this.tokens.get(key) ?? [0, 0];
    return attempt < newestAttempt || (attempt === newestAttempt && claim < newestClaim);
  }
}

async function textOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}
