import { AwsError } from '../aws-error.js';

export interface PageRequest {
  readonly token: string | undefined;
  readonly size: number;
  /** Error code of a token that this service did not issue. */
  readonly badToken: string;
}

export interface Page<T> {
  readonly items: readonly T[];
  readonly next: string | undefined;
}

/**
 * One page of items in the order of their keys. A token names the last key of the page before, so a page stays
 * right when items come or go between two requests.
 */
export function pageByKey<T>(items: readonly T[], keyOf: (item: T) => string, request: PageRequest): Page<T> {
  const sorted = [...items].sort((a, b) => compare(keyOf(a), keyOf(b)));
  const after = request.token === undefined ? undefined : readToken(request.token, request.badToken);
  const start = after === undefined ? 0 : countUpTo(sorted, keyOf, after);
  const found = sorted.slice(start, start + request.size);
  const last = found.at(-1);
  const more = last !== undefined && start + found.length < sorted.length;
  return { items: found, next: more ? writeToken(keyOf(last)) : undefined };
}

/** One page of a list that never changes for the same request. */
export function pageByOffset<T>(items: readonly T[], request: PageRequest): Page<T> {
  const start = request.token === undefined ? 0 : Number(readToken(request.token, request.badToken));
  if (!Number.isInteger(start)) throw badToken(request.badToken);
  const end = start + request.size;
  return { items: items.slice(start, end), next: end < items.length ? writeToken(String(end)) : undefined };
}

/** The page size asked for, held inside the limits of the operation. */
export function sizeWithin(asked: number | undefined, max: number, fallback = max): number {
  if (asked === undefined || asked <= 0) return fallback;
  return Math.min(asked, max);
}

export const writeToken = (position: string): string => Buffer.from(`sim1:${position}`).toString('base64url');

export function readToken(token: string, code: string): string {
  const text = Buffer.from(token, 'base64url').toString('utf8');
  if (!text.startsWith('sim1:')) throw badToken(code);
  return text.slice(5);
}

const badToken = (code: string): AwsError => new AwsError(code, 'The pagination token is not valid.');

export const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

function countUpTo<T>(sorted: readonly T[], keyOf: (item: T) => string, after: string): number {
  const index = sorted.findIndex((item) => keyOf(item) > after);
  return index < 0 ? sorted.length : index;
}
