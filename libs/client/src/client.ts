import { httpContracts } from '@trimtab/contracts';
import type { HttpContract, Operation } from '@trimtab/contracts';
import type { z } from 'zod';
import { answerError, unreachable } from './errors.js';
import { readServerSentEvents } from './server-sent-events.js';

type Contract<O extends Operation> = (typeof httpContracts)[O];
type Input<C, Key extends string> = C extends Record<Key, infer S extends z.ZodType> ? z.input<S> : undefined;
type Names<P extends string> = P extends `${string}{${infer Name}}${infer Rest}` ? Name | Names<Rest> : never;
type PathParameters<C extends { path: string }> = [Names<C['path']>] extends [never]
  ? { params?: undefined }
  : { params: Record<Names<C['path']>, string> };

/** What an operation takes: path parameters, query and body, each as its contract says. */
export type CallOptions<O extends Operation> = PathParameters<Contract<O>> & {
  query?: Input<Contract<O>, 'query'>;
  signal?: AbortSignal;
} & (Input<Contract<O>, 'body'> extends undefined
    ? { body?: undefined }
    : { body: Input<Contract<O>, 'body'> });

export type Reply<O extends Operation> = z.infer<Contract<O>['reply']>;

interface AnyOptions {
  readonly params?: Record<string, string>;
  readonly query?: Record<string, unknown>;
  readonly body?: unknown;
  readonly signal?: AbortSignal;
}

/**
 * The HTTP API of the gateway with its types.
 * Errors are `AppError`: the gateway's own code and message, or `gateway.unreachable`.
 * @example const { items } = await new TrimtabClient('http://localhost:4600').call('listRuns', {});
 */
export class TrimtabClient {
  constructor(readonly baseUrl: string) {}

  /** Calls an operation that answers with JSON; the answer is checked against its contract. */
  async call<O extends Operation>(operation: O, options: CallOptions<O>): Promise<Reply<O>> {
    const answer = await this.send(operation, options as AnyOptions, 'application/json');
    return httpContracts[operation].reply.parse(await answer.json()) as Reply<O>;
  }

  /** Follows an operation that answers with server-sent events, until the server ends it or `signal` aborts. */
  async *follow<O extends Operation>(operation: O, options: CallOptions<O>): AsyncGenerator<Reply<O>> {
    const answer = await this.send(operation, options as AnyOptions, 'text/event-stream');
    if (!answer.body) return;
    for await (const data of readServerSentEvents(answer.body)) {
      yield httpContracts[operation].reply.parse(JSON.parse(data)) as Reply<O>;
    }
  }

  /** The text of an operation that answers with a document. */
  async read<O extends Operation>(operation: O, options: CallOptions<O>): Promise<string> {
    return (await this.send(operation, options as AnyOptions, '*/*')).text();
  }

  /** The bytes of an operation that answers with a file. */
  async bytes<O extends Operation>(operation: O, options: CallOptions<O>): Promise<Uint8Array> {
    return new Uint8Array(await (await this.send(operation, options as AnyOptions, '*/*')).arrayBuffer());
  }

  private async send(operation: Operation, options: AnyOptions, accept: string): Promise<Response> {
    const contract: HttpContract = httpContracts[operation];
    const url = `${this.baseUrl}${pathOf(contract, options.params ?? {})}${queryOf(options.query)}`;
    const body = options.body === undefined ? {} : { body: JSON.stringify(options.body) };
    const headers = { accept, ...(options.body === undefined ? {} : { 'content-type': 'application/json' }) };
    const request = {
      method: contract.method,
      headers,
      ...body,
      ...(options.signal ? { signal: options.signal } : {}),
    };
    const answer = await fetch(url, request).catch((cause: unknown) => {
      throw unreachable(this.baseUrl, cause);
    });
    if (answer.ok) return answer;
    throw await answerError(answer);
  }
}

const pathOf = (contract: HttpContract, params: Record<string, string>): string =>
  contract.path.replace(/\{(\w+)\}/g, (_all, name: string) => encodeURIComponent(params[name] ?? ''));

function queryOf(query: Record<string, unknown> | undefined): string {
  const given = Object.entries(query ?? {}).filter(([, value]) => value !== undefined);
  if (given.length === 0) return '';
  return `?${new URLSearchParams(given.map(([key, value]): [string, string] => [key, String(value)])).toString()}`;
}
