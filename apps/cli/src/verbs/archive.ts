import { readFile, writeFile } from 'node:fs/promises';
import type { Command } from 'commander';
import { inspectArchive } from '@trimtab/event-store';
import type { ArchiveContent } from '@trimtab/event-store';
import { AppError } from '@trimtab/kernel';
import type { Cli } from '../context.js';
import { EXIT } from '../exit-codes.js';
import { status, when } from '../output/format.js';
import { table } from '../output/table.js';
import { answer, paint } from '../output/terminal.js';
import type { Bind } from '../program.js';

/** Archives that a cleanup made: NDJSON.zst files, named by the digest of their bytes. */
export function registerArchive(runs: Command, bind: Bind): void {
  const archive = runs.command('archive').description('Archives of deleted runs');
  archive
    .command('list')
    .description('Archives, newest first')
    .option('--limit <n>', 'how many', '20')
    .action(bind(list as never));
  archive
    .command('show <digest>')
    .description('The runs in an archive, by its digest or as a file')
    .option('--out <file>', 'also write the file (NDJSON.zst)')
    .action(bind(show as never));
  archive
    .command('verify <digest>')
    .description('Read all of an archive: its bytes are those it is named by, and every run is whole')
    .action(bind(verify));
}

async function list(cli: Cli, query: { limit: string }): Promise<void> {
  const { items } = await cli.client().call('listArchives', { query });
  answer(cli.terminal, items, () =>
    table(
      items,
      [
        { title: 'DIGEST', value: (one) => one.archive.digest },
        { title: 'MADE (UTC)', value: (one) => when(one.at) },
        { title: 'RUNS', value: (one) => String(one.runs), align: 'right' },
        { title: 'EVENTS', value: (one) => String(one.events), align: 'right' },
        { title: 'BYTES', value: (one) => String(one.archive.bytes), align: 'right' },
        { title: 'BY', value: (one) => one.actor },
        { title: 'WHY', value: (one) => one.reason ?? '' },
      ],
      'No archives: `trimtab runs cleanup` makes them.',
    ),
  );
}

async function show(cli: Cli, digest: string, { out }: { out?: string }): Promise<void> {
  const bytes = await bytesOf(cli, digest);
  const content = await inspectArchive(bytes);
  if (out !== undefined) await writeFile(out, bytes);
  answer(cli.terminal, content, () =>
    table(
      content.runs,
      [
        { title: 'RUN', value: (one) => one.run },
        { title: 'STATUS', value: (one) => status(one.status) },
        { title: 'EVENTS', value: (one) => String(one.events), align: 'right' },
      ],
      'An archive without runs.',
    ),
  );
}

async function verify(cli: Cli, digest: string): Promise<number> {
  const content = await inspectArchive(await bytesOf(cli, digest));
  const problems = [...otherDigest(digest, content), ...content.problems];
  answer(cli.terminal, { ...content, problems }, () =>
    problems.length === 0
      ? `${paint.green('whole')} ${content.runs.length} runs, ${content.events} events, ${content.digest}`
      : problems.map((problem) => `${paint.red('damaged')} ${problem}`).join('\n'),
  );
  return problems.length === 0 ? EXIT.ok : EXIT.failed;
}

const DIGEST = /^(sha256:)?[0-9a-f]{64}$/;

function otherDigest(asked: string, { digest }: ArchiveContent): string[] {
  if (!DIGEST.test(asked) || digest.endsWith(asked.replace('sha256:', ''))) return [];
  return [`the bytes have the digest ${digest}`];
}

async function bytesOf(cli: Cli, digest: string): Promise<Uint8Array> {
  if (DIGEST.test(digest))
    return cli
      .client()
      .bytes('readArchive', { params: { digest: `sha256:${digest.replace('sha256:', '')}` } });
  return readFile(digest).catch((cause: unknown) => {
    throw new AppError(
      'cli.usage',
      `Name a digest (\`trimtab runs archive list\`) or a file; got "${digest}".`,
      {
        cause,
      },
    );
  });
}
