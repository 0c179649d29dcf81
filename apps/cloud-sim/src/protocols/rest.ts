import { AwsError } from '../aws-error.js';
import type { Refusals, WireRequest } from './protocol.js';

/** A REST route: which request is which operation. */
export interface Route {
  readonly method: string;
  /** Matched against the path; named groups become labels. */
  readonly path: RegExp;
  /** The query parameter that tells sub-resources such as `?lifecycle` apart. */
  readonly flag?: string;
  readonly operation: string;
}

/** What a handler of a REST service gets: labels of the path, the query string and the body. */
export interface RestInput {
  readonly labels: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
  readonly body: Buffer;
}

/** The first route that fits. */
export function matchRoute(
  routes: readonly Route[],
  request: WireRequest,
  path: string,
  refusals: Refusals,
): { operation: string; labels: Record<string, string> } {
  for (const route of routes) {
    if (route.method !== request.method) continue;
    if (route.flag !== undefined && !request.query.has(route.flag)) continue;
    const match = route.path.exec(path);
    if (!match) continue;
    const labels = Object.entries(match.groups ?? {}).map(([name, text]) => [name, decodeURIComponent(text)]);
    return { operation: route.operation, labels: Object.fromEntries(labels) };
  }
  const [code, status] = refusals.unknownOperation;
  throw new AwsError(code, `${request.method} ${request.path} is not simulated.`, status);
}
