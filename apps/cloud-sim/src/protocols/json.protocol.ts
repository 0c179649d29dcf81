import { AwsError } from '../aws-error.js';
import type { Protocol, Refusals, WireReply, WireRequest } from './protocol.js';

const refusals: Refusals = {
  throttled: ['ThrottlingException', 400],
  internal: ['InternalFailure', 500],
  denied: ['AccessDeniedException', 400],
  unknownKey: ['UnrecognizedClientException', 400],
  unsigned: ['MissingAuthenticationTokenException', 400],
  unknownOperation: ['UnknownOperationException', 400],
};

export interface JsonProtocolOptions {
  readonly version: '1.0' | '1.1';
  /** The service used to speak Query: clients look for the old code in `x-amzn-query-error`. */
  readonly queryCompatible?: boolean;
  readonly refusals?: Partial<Refusals>;
}

/** AWS JSON 1.0 and 1.1: the operation in X-Amz-Target, times as epoch seconds. */
export function awsJson(options: JsonProtocolOptions): Protocol {
  const contentType = `application/x-amz-json-${options.version}`;
  const reply = (status: number, body: unknown, requestId: string, extra = {}): WireReply => ({
    status,
    headers: { 'content-type': contentType, 'x-amzn-requestid': requestId, ...extra },
    body: JSON.stringify(body),
  });
  return {
    refusals: { ...refusals, ...options.refusals },
    read: readTarget,
    write: (_operation, output, requestId) => reply(200, output, requestId),
    fail(error, requestId) {
      const side = error.status < 500 ? 'Sender' : 'Receiver';
      const extra = options.queryCompatible ? { 'x-amzn-query-error': `${error.code};${side}` } : {};
      return reply(error.status, { __type: error.code, message: error.message }, requestId, extra);
    },
  };
}

function readTarget(request: WireRequest): { operation: string; input: unknown } {
  const target = String(request.headers['x-amz-target'] ?? '');
  const operation = target.slice(target.lastIndexOf('.') + 1);
  return { operation, input: parseJson(request.body) };
}

export function parseJson(body: Buffer): unknown {
  if (body.length === 0) return {};
  try {
    return JSON.parse(body.toString('utf8'));
  } catch (cause) {
    throw new AwsError('SerializationException', `The request body is not JSON: ${String(cause)}`);
  }
}
