import { mkdir, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { randomUUID } from 'node:crypto';
import type { TrimtabClient } from '@trimtab/client';
import type { Command } from 'commander';
import type { Cleanup } from '@trimtab/contracts';
import { AppError } from '@trimtab/kernel';
import type { Cli } from '../context.js';
import { answer } from '../output/terminal.js';
import type { Bind } from '../program.js';

interface CleanupOptions {
  readonly olderThan: string;
  readonly yes?: boolean;
  readonly out?: string;
  readonly reason?: string;
}

export function registerCleanup(runs: Command, bind: Bind): void {
  runs
    .command('cleanup')
    .description('Archive runs that ended long ago, then delete them; without --yes only a preview')
    .option('--older-than <days>', 'ended before so many days, for example 30d', '30d')
    .option('--yes', 'do it')
    .option('--out <dir>', 'also write the archives to this folder')
    .option('--reason <text>', 'why, for the audit trail')
    .action(bind(cleanup as never));
}

async function cleanup(cli: Cli, { olderThan, yes, out, reason }: CleanupOptions): Promise<void> {
  const client = cli.client();
  const body = { olderThanDays: daysOf(olderThan), ...(reason === undefined ? {} : { reason }) };
  if (!yes) {
    const preview = await client.call('cleanupRuns', { body: { ...body, preview: true } });
    return answer(cli.terminal, preview, () => `${told(preview)}; do it with --yes`);
  }
  const parts: Cleanup[] = [];
  for (let remaining = 1; remaining > 0;) {
    const part = await client.call('cleanupRuns', {
      body: { ...body, preview: false, idempotencyKey: randomUUID() },
    });
    parts.push(part);
    if (out !== undefined) await save(client, part, out);
    remaining = part.runs === 0 ? 0 : part.remaining;
  }
  const whole = total(parts);
  answer(cli.terminal, whole, () =>
    [told(whole), ...whole.archives.map(({ digest, bytes }) => `  ${digest} (${bytes} bytes)`)].join('\n'),
  );
}

function daysOf(text: string): number {
  const [, days] = /^(\d+)d?$/.exec(text) ?? [];
  if (days !== undefined) return Number(days);
  throw new AppError('cli.usage', `--older-than takes days, for example 30d; got "${text}".`);
}

async function save(client: TrimtabClient, { archives }: Cleanup, out: string): Promise<void> {
  await mkdir(out, { recursive: true });
  for (const { digest } of archives) {
    const bytes = await client.bytes('readArchive', { params: { digest } });
    await writeFile(
      resolve(join(out, `trimtab-runs-${digest.replace(/^sha256:/, '')}${extensionOf(bytes)}`)),
      bytes,
    );
  }
}

/** Archives of the first version were gzipped. */
const extensionOf = (bytes: Uint8Array): string =>
  bytes[0] === 0x1f && bytes[1] === 0x8b ? '.ndjson.gz' : '.ndjson.zst';

function total(parts: readonly Cleanup[]): Cleanup {
  const [first] = parts;
  if (!first) throw new TypeError('a cleanup has at least one part');
  const byStatus: Record<string, number> = {};
  for (const part of parts)
    for (const [status, count] of Object.entries(part.byStatus))
      byStatus[status] = (byStatus[status] ?? 0) + count;
  const sum = (of: (part: Cleanup) => number): number => parts.reduce((all, part) => all + of(part), 0);
  return {
    ...first,
    byStatus,
    runs: sum(({ runs }) => runs),
    events: sum(({ events }) => events),
    archives: parts.flatMap(({ archives }) => archives),
    remaining: parts.at(-1)?.remaining ?? 0,
  };
}

function told({ preview, runs, events, before, byStatus }: Cleanup): string {
  const kinds = Object.entries(byStatus).map(([status, count]) => `${count} ${status}`);
  const what = `${runs} runs that ended before ${before.slice(0, 10)} (${kinds.join(', ') || 'none'}), ${events} events`;
  return preview ? `would archive and delete ${what}` : `archived and deleted ${what}`;
}
