import type { Protocol, Refusals, WireReply } from './protocol.js';
import type { Route } from './rest.js';
import { matchRoute } from './rest.js';

const refusals: Refusals = {
  throttled: ['TooManyRequestsException', 429],
  internal: ['ServiceException', 500],
  denied: ['AccessDeniedException', 403],
  unknownKey: ['UnrecognizedClientException', 403],
  unsigned: ['MissingAuthenticationTokenException', 403],
  unknownOperation: ['UnknownOperationException', 404],
};

/** REST-JSON: the operation in method and path, the error's name in `x-amzn-errortype`. No output = 204. */
export function restJson(routes: readonly Route[]): Protocol {
  return {
    refusals,
    read(request) {
      const { operation, labels } = matchRoute(routes, request, request.path, refusals);
      return { operation, input: { labels, query: request.query, body: request.body } };
    },
    write: (_operation, output, requestId) => reply(output === undefined ? 204 : 200, output, requestId),
    fail(error, requestId) {
      const body = { Type: error.status < 500 ? 'User' : 'Service', message: error.message };
      return reply(error.status, body, requestId, { 'x-amzn-errortype': error.code });
    },
  };
}

function reply(status: number, body: unknown, requestId: string, extra = {}): WireReply {
  const headers = { 'content-type': 'application/json', 'x-amzn-requestid': requestId, ...extra };
  return { status, headers, body: body === undefined ? '' : JSON.stringify(body) };
}
