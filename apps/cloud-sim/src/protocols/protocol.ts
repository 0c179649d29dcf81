import type { AwsError } from '../aws-error.js';
import type { Call } from '../simulation.js';

export interface WireRequest {
  readonly method: string;
  readonly host: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: Buffer;
}

export interface WireReply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** Refusals that every service knows, each protocol by other codes. */
export type Refusal = 'throttled' | 'internal' | 'denied' | 'unknownKey' | 'unsigned' | 'unknownOperation';
export type Refusals = Readonly<Record<Refusal, readonly [code: string, status: number]>>;

/** Turns bytes into an operation with its input, and outputs and errors into bytes. */
export interface Protocol {
  readonly refusals: Refusals;
  read(request: WireRequest): { readonly operation: string; readonly input: unknown };
  write(operation: string, output: unknown, requestId: string): WireReply;
  fail(error: AwsError, requestId: string): WireReply;
}

/** A handler: synchronous, so that a change is whole before anyone can read it. The protocol decides `input`. */
export type Operation = (call: Call, input: never) => unknown;

export interface Service {
  /** The service name in the SigV4 credential scope. */
  readonly scope: string;
  readonly protocol: Protocol;
  readonly operations: Readonly<Record<string, Operation>>;
}
