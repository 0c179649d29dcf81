import { AppError } from '@trimtab/kernel';
import { natsInfo } from './nats-info.js';
import { withClient } from './postgres-client.js';
import type { Log } from './server.js';

const timeoutMs = 10_000;

/**
 * Makes sure that a NATS server answers at a configured URL (several may be given, parted by commas: one is enough).
 * Throws `embedded.nats-unreachable`.
 */
export async function checkNats(url: string, log?: Log): Promise<void> {
  const servers = url.split(',').map((one) => address(one.trim(), 4222));
  if (servers.some(({ host }) => host === '')) throw badUrl();
  const answers = await Promise.allSettled(servers.map(({ host, port }) => natsInfo(host, port, timeoutMs)));
  const infos = answers.flatMap((answer) => (answer.status === 'fulfilled' ? [answer.value] : []));
  if (infos.length === 0) {
    const where = servers.map(({ host, port }) => `${host}:${port}`).join(', ');
    const why = answers
      .map((answer) => (answer.status === 'rejected' ? reason(answer.reason) : ''))
      .join('; ');
    throw new AppError(
      'embedded.nats-unreachable',
      `no NATS server answers at ${where} (${why}): start it, or unset NATS_URL to have one started here`,
      { retry: 'later', details: { where } },
    );
  }
  if (!infos.some((info) => info.jetstream)) {
    log?.(
      'the configured NATS server does not offer JetStream itself; if no other in its cluster does, start it with -js',
    );
  }
}

/** Makes sure that a configured Postgres accepts us. Throws `embedded.postgres-unreachable`; it names no password. */
export async function checkPostgres(url: string): Promise<void> {
  const { host, port } = address(url, 5432);
  try {
    await withClient(url, (client) => client.query('SELECT 1'));
  } catch (cause) {
    throw new AppError(
      'embedded.postgres-unreachable',
      `no Postgres answers at ${host}:${port} (${reason(cause)}): start it, correct DATABASE_URL, or unset it to have one started here`,
      { retry: 'later', cause, details: { host, port } },
    );
  }
}

function address(text: string, defaultPort: number): { host: string; port: number } {
  try {
    const url = new URL(text.includes('://') ? text : `nats://${text}`);
    return { host: url.hostname.replace(/^\[|\]$/g, ''), port: Number(url.port || defaultPort) };
  } catch {
    throw badUrl();
  }
}

function badUrl(): AppError {
  return new AppError('embedded.bad-url', 'NATS_URL and DATABASE_URL must be URLs such as nats://host:4222');
}

function reason(error: unknown): string {
  const { message, code, errors } = error as Error & { code?: string; errors?: unknown[] };
  return message || code || (errors ?? []).map(reason).join(', ') || 'no answer';
}
