import type { WebAnswer, WebRequest } from './web.js';

const REDIRECTS = new Set([301, 302, 303, 307, 308]);
const safe = (method: string): boolean => method === 'GET' || method === 'HEAD';

/**
 * The request that an answer redirects to, by the rules of the Fetch standard: 303 turns everything, 301 and 302 turn
 * POST into GET. Another origin gets no header but `accept`, so that no secret travels there.
 */
export function redirectOf(request: WebRequest, { status, headers }: WebAnswer): WebRequest | undefined {
  const location = headers['location'];
  if (!REDIRECTS.has(status) || location === undefined || !URL.canParse(location, request.url.href))
    return undefined;
  const url = new URL(location, request.url);
  const sameOrigin = url.origin === request.url.origin;
  const kept = sameOrigin ? request.headers : pick(request.headers, 'accept');
  if (!turnsIntoGet(status, request.method)) return { ...request, url, headers: kept };
  const { 'content-type': _type, ...rest } = kept;
  return { ...request, method: 'GET', url, headers: rest, body: undefined };
}

const turnsIntoGet = (status: number, method: string): boolean =>
  (status === 303 && !safe(method)) || ((status === 301 || status === 302) && method === 'POST');

const pick = (headers: Readonly<Record<string, string>>, name: string): Record<string, string> =>
  headers[name] === undefined ? {} : { [name]: headers[name] };
