import { DAY_MS, formatMoney, utcDay } from '@trimtab/kernel';
import type { Money } from '@trimtab/kernel';
import { paint } from './terminal.js';

export const money = (amount: Money | null): string => (amount === null ? '–' : formatMoney(amount));

export function duration(ms: number | null): string {
  if (ms === null) return '–';
  if (ms < 1_000) return `${Math.round(ms)} ms`;
  if (ms < 120_000) return `${(ms / 1_000).toFixed(1)} s`;
  return `${Math.round(ms / 60_000)} min`;
}

export const when = (instant: string | null): string =>
  instant === null ? '–' : instant.slice(0, 19).replace('T', ' ');

const GOOD = new Set([
  'COMPLETED',
  'ok',
  'granted',
  'verified',
  'scanned',
  'replayed',
  'active',
  'started',
  'resolved',
]);
const BAD = new Set(['FAILED', 'exceeded', 'rejected', 'failed', 'verification-failed', 'rollback-failed']);
const OPEN = new Set([
  'RUNNING',
  'QUEUED',
  'RETRYING',
  'WAITING',
  'requested',
  'warning',
  'forecast-exceeded',
  'partial',
  'paused',
  'queued',
  'starting',
  'open',
  'new',
]);

/** A status in the colour of what it means. */
export function status(text: string): string {
  if (GOOD.has(text)) return paint.green(text);
  if (BAD.has(text)) return paint.red(text);
  return OPEN.has(text) ? paint.yellow(text) : text;
}

/** A bar of `size` cells for a share of 0..1. */
export function bar(share: number, size = 24): string {
  const full = Math.round(Math.max(0, Math.min(1, share)) * size);
  return paint.green('█'.repeat(full)) + paint.dim('░'.repeat(size - full));
}

export const percent = (share: number | null): string =>
  share === null ? '–' : `${(share * 100).toFixed(0)} %`;

/** Days from first to last; a period's end is exclusive. */
export function period({ start, end }: { start: string; end: string }): string {
  const last = utcDay(new Date(Date.parse(end) - DAY_MS));
  return last === start ? start : `${start} … ${last}`;
}

interface Explained {
  readonly scope: { readonly accountId: string; readonly service: string };
  readonly cause: readonly { readonly dimensions: Readonly<Record<string, string>> }[];
}

/** What explains an anomaly, without what its scope says already. */
export function causeOf({ scope, cause }: Explained): string {
  const known = new Set([scope.accountId, scope.service]);
  const values = Object.values(cause[0]?.dimensions ?? {}).filter((value) => !known.has(value));
  return values.join(' / ') || 'no single cause';
}

/** A long value is cut: `--json` has all of it. */
export const shortened = (text: string, size = 60): string =>
  text.length <= size ? text : `${text.slice(0, size - 1)}…`;
