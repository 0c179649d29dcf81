import type { TaskInput } from '@trimtab/contracts';
import { AppError } from '@trimtab/kernel';
import type { WebAnswer, WebRequest } from './web.js';

type Input = TaskInput<'http.request'>;

const TOLD = 500;
/** Worth another attempt beside 5xx: timeout, too early, too many requests (RFC 9110, 8470, 6585). */
const PASSING = new Set([408, 425, 429]);
const CHANGING = new Set(['POST', 'PUT', 'PATCH', 'DELETE']);

/** The first request of a task. Header names are in lower case; `key` is the same on every attempt of the task. */
export function requestOf(input: Input, revealed: Readonly<Record<string, string>>, key: string): WebRequest {
  const { method, url, body, idempotencyHeader, maxBytes } = input;
  const given = Object.entries(revealed).map(([name, value]) => [name.toLowerCase(), value]);
  const json = body !== undefined && typeof body !== 'string';
  const headers = {
    ...(json ? { 'content-type': 'application/json' } : {}),
    ...(idempotencyHeader && CHANGING.has(method) ? { [idempotencyHeader.toLowerCase()]: key } : {}),
    ...(Object.fromEntries(given) as Record<string, string>),
  };
  return {
    method,
    url: new URL(url),
    headers,
    body: body === undefined || typeof body === 'string' ? body : JSON.stringify(body),
    maxBytes,
  };
}

export const isExpected = (expect: Input['expect'], status: number): boolean =>
  expect.some((one) => one === status || one === `${Math.floor(status / 100)}xx`);

/** What an unexpected answer means: `http.status`, worth another attempt for 408, 425, 429 and 5xx. */
export function unexpected({ status, headers, body }: WebAnswer, now: Date): AppError {
  const retry = PASSING.has(status) || status >= 500 ? 'later' : 'never';
  const retryAfterMs = retryAfter(headers['retry-after'], now);
  const told = body.trim().slice(0, TOLD);
  return new AppError('http.status', `The server answered ${status}${told ? `: ${told}` : '.'}`, {
    retry,
    details: { status, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) },
  });
}

/** Milliseconds that `Retry-After` asks to wait: seconds or a date (RFC 9110, 10.2.3). */
export function retryAfter(value: string | undefined, now: Date): number | undefined {
  if (value === undefined) return undefined;
  if (/^\d+$/.test(value.trim())) return Number(value) * 1_000;
  const at = Date.parse(value);
  return Number.isNaN(at) ? undefined : Math.max(0, at - now.getTime());
}

/** The body as the content type says. Throws `http.invalid-json` (never). */
export function contentOf({ headers, body }: WebAnswer): unknown {
  if (body === '') return null;
  if (!/^application\/([\w.+-]+\+)?json\b/i.test(headers['content-type'] ?? '')) return body;
  try {
    return JSON.parse(body) as unknown;
  } catch (cause) {
    throw new AppError(
      'http.invalid-json',
      `The answer says that it is JSON and is not: ${(cause as Error).message}`,
    );
  }
}
