import type { Protocol, Refusals, WireRequest } from './protocol.js';
import type { Route } from './rest.js';
import { matchRoute } from './rest.js';
import type { XmlValue } from './xml.js';
import { document, element } from './xml.js';

const namespace = ' xmlns="http://s3.amazonaws.com/doc/2006-03-01/"';

const refusals: Refusals = {
  throttled: ['SlowDown', 503],
  internal: ['InternalError', 500],
  denied: ['AccessDenied', 403],
  unknownKey: ['InvalidAccessKeyId', 403],
  unsigned: ['AccessDenied', 403],
  unknownOperation: ['NotImplemented', 501],
};

/** An S3 answer: `root` names the XML element, no root means no body. */
export interface S3Output {
  readonly root?: string;
  readonly content?: XmlValue;
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
}

/** REST-XML as S3 speaks it, with the bucket in the path or in the host name (`bucket.localhost`). */
export function s3RestXml(routes: readonly Route[]): Protocol {
  return {
    refusals,
    read(request) {
      const { operation, labels } = matchRoute(routes, request, pathWithBucket(request), refusals);
      return { operation, input: { labels, query: request.query, body: request.body } };
    },
    write(_operation, output, requestId) {
      const { root, content, status, headers } = output as S3Output;
      const body = root ? document(element(root, content ?? '', namespace)) : '';
      return { status: status ?? 200, headers: { ...xmlHeaders(requestId), ...headers }, body };
    },
    fail(error, requestId) {
      const content = { Code: error.code, Message: error.message, RequestId: requestId };
      const headers = { ...xmlHeaders(requestId), ...error.headers };
      return { status: error.status, headers, body: document(element('Error', content)) };
    },
  };
}

const xmlHeaders = (requestId: string) => ({
  'content-type': 'application/xml',
  'x-amz-request-id': requestId,
});

function pathWithBucket(request: WireRequest): string {
  const host = request.host.replace(/:\d+$/, '');
  const bucket = /^(?<bucket>.+?)(\.s3(\.[a-z0-9-]+)?)?\.localhost$/.exec(host)?.groups?.['bucket'];
  return bucket === undefined || bucket === 's3' ? request.path : `/${bucket}${request.path}`;
}
