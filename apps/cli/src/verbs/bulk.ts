import { setTimeout as sleep } from 'node:timers/promises';
import type { Command } from 'commander';
import type { BulkPreview, BulkProgress, BulkVerb } from '@trimtab/contracts';
import { RunFilter } from '@trimtab/contracts';
import { AppError } from '@trimtab/kernel';
import type { Cli } from '../context.js';
import { EXIT } from '../exit-codes.js';
import { bar, status, when } from '../output/format.js';
import { table } from '../output/table.js';
import { answer } from '../output/terminal.js';

export interface BulkOptions {
  readonly where?: string;
  readonly yes?: boolean;
  readonly preview?: boolean;
  readonly token?: string;
  readonly reason?: string;
}

/** Lets a verb on one run also change many. */
export const withBulk = (command: Command): Command =>
  command
    .option(
      '--where <filter>',
      'many runs: status=FAILED|CANCELLED,workflow=…,label=team=core,since=…,until=…,code=…,text=…',
    )
    .option('--preview', 'only show what it would touch (what --where does without --yes)')
    .option('--yes', 'do it')
    .option('--token <token>', 'do exactly what a preview showed');

/** `status=FAILED|CANCELLED,label=team=core,label=env=dev` as a filter. Throws `cli.usage`. */
export function filterOf(text: string): RunFilter {
  const filter: Record<string, string> = {};
  for (const part of text.split(',').filter((one) => one !== '')) {
    const [name = '', ...value] = part.split('=');
    const given = value.join('=').replaceAll('|', ',');
    filter[name] = name === 'label' && filter[name] !== undefined ? `${filter[name]},${given}` : given;
  }
  const parsed = RunFilter.strict().safeParse(filter);
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`);
  throw new AppError('cli.usage', `--where cannot be read: ${problems.join('; ')}`);
}

/** Shows what would be touched, or does it. */
export async function bulk(cli: Cli, verb: BulkVerb, options: BulkOptions): Promise<number> {
  if (options.token !== undefined) return apply(cli, options.token, options);
  const body = { verb, where: filterOf(options.where ?? '') };
  const shown = await cli.client().call('previewBulk', { body });
  if (options.yes && !options.preview) return apply(cli, shown.token, options);
  answer(cli.terminal, shown, () => previewText(shown));
  return EXIT.ok;
}

async function apply(cli: Cli, token: string, { reason }: BulkOptions): Promise<number> {
  const client = cli.client();
  const params = { token };
  let progress = await client.call('applyBulk', { params, body: { ...(reason && { reason }) } });
  if (cli.terminal.live) cli.terminal.err('');
  while (progress.state === 'running') {
    if (cli.terminal.live) cli.terminal.err(progressLine(progress));
    await sleep(300);
    progress = await client.call('showBulk', { params });
  }
  answer(cli.terminal, progress, () => resultText(progress));
  return progress.failed === 0 ? EXIT.ok : EXIT.failed;
}

const progressLine = ({ done, count }: BulkProgress): string =>
  `\u001b[A\u001b[K${bar(done / Math.max(1, count))} ${done}/${count}`;

const previewText = ({ verb, count, more, first, token }: BulkPreview): string =>
  [
    `would ${verb} ${count} runs${more ? ' (there are more: apply, then look again)' : ''}`,
    table(
      first,
      [
        { title: 'RUN', value: (run) => run.runId },
        { title: 'WORKFLOW', value: (run) => run.workflow },
        { title: 'STATUS', value: (run) => status(run.status) },
        { title: 'STARTED (UTC)', value: (run) => when(run.startedAt) },
      ],
      'Nothing matches.',
    ),
    ...(count > first.length ? [`… and ${count - first.length} more`] : []),
    ...(count === 0 ? [] : [`do exactly this within an hour: trimtab runs ${verb} --token ${token}`]),
  ].join('\n');

function resultText({ verb, done, failed, results }: BulkProgress): string {
  const bad = results.filter(({ ok }) => !ok);
  return [
    `${verb}: ${done - failed} done, ${failed} refused`,
    ...bad.map(({ runId, error }) => `  ${runId} ${error?.code ?? ''}: ${error?.message ?? ''}`),
  ].join('\n');
}
