import { setTimeout as sleep } from 'node:timers/promises';
import type { Command } from 'commander';
import type { Analytics, AnalyticsItem, RunOutcome } from '@trimtab/contracts';
import { AppError } from '@trimtab/kernel';
import type { Cli } from '../context.js';
import { duration, money, percent, shortened, status, when } from '../output/format.js';
import type { Column } from '../output/table.js';
import { table } from '../output/table.js';
import { answer, paint } from '../output/terminal.js';
import type { Bind } from '../program.js';

const EXAMPLES = `
Examples:
  $ trimtab analytics                            workflows, the last day
  $ trimtab analytics --by task --window 7d      which task type fails, which one is slow
  $ trimtab analytics runs --limit 10            what each run found and saved
  $ trimtab analytics rebuild                    count everything again from the events`;

export function registerAnalytics(program: Command, bind: Bind): void {
  const analytics = program
    .command('analytics')
    .description('Success, failures, retries and latency of the orchestration')
    .option('--by <what>', 'workflow, task, service or node', 'workflow')
    .option('--window <time>', '1h, 24h, 7d, 30d or all', '24h')
    .addHelpText('after', EXAMPLES)
    .action(bind(show as never));
  analytics
    .command('runs')
    .description('What each run brought, the newest first')
    .option('--workflow <name>', 'only these')
    .option('--limit <n>', 'how many', '20')
    .action(bind(outcomes as never));
  analytics
    .command('rebuild')
    .description('Count everything again from the events; the old figures answer until it is done')
    .action(bind(rebuild));
}

async function show(cli: Cli, query: { by: string; window: string }): Promise<void> {
  const told = await cli.client().call('showAnalytics', { query: query as never });
  answer(cli.terminal, told, () =>
    [table(told.items, columnsOf(told), 'Nothing has ended in this time.'), '', about(told)].join('\n'),
  );
}

function columnsOf({ by }: Analytics): Column<AnalyticsItem>[] {
  const right = 'right' as const;
  const time = (title: string, of: (item: AnalyticsItem) => number | undefined): Column<AnalyticsItem> => ({
    title,
    value: (item) => duration(of(item) ?? null),
    align: right,
  });
  return [
    { title: by.toUpperCase(), value: (item) => item.key },
    { title: by === 'workflow' ? 'RUNS' : 'ATTEMPTS', value: (item) => String(item.count), align: right },
    { title: 'OK', value: (item) => rate(item.successRate), align: right },
    { title: 'RETRIES', value: (item) => String(item.retries), align: right },
    time('QUEUE p50', ({ queue }) => queue?.p50),
    time('p95', ({ queue }) => queue?.p95),
    time('RUN p50', ({ run }) => run?.p50),
    time('p95', ({ run }) => run?.p95),
    time('p99', ({ run }) => run?.p99),
    time('TOTAL p50', ({ total }) => total?.p50),
    time('p95', ({ total }) => total?.p95),
    time('p99', ({ total }) => total?.p99),
    ...(by === 'workflow'
      ? [
          {
            title: 'SAVINGS/MONTH',
            value: (item: AnalyticsItem) => item.savings.map(money).join(' + ') || '–',
            align: right,
          },
        ]
      : []),
    { title: 'FAILURES', value: failures },
  ];
}

const rate = (share: number | null): string => {
  if (share === null) return '–';
  return share >= 0.99 ? paint.green(percent(share)) : paint.yellow(percent(share));
};

const failures = ({ failures: codes }: AnalyticsItem): string =>
  shortened(
    Object.entries(codes)
      .sort(([, a], [, b]) => b - a)
      .map(([code, count]) => `${code} ×${count}`)
      .join(', '),
  );

function about({ source, window, from, until, lagSeconds }: Analytics): string {
  const time = `${window}: ${from === null ? 'all that is kept' : `${when(from)} …`} ${when(until)} UTC`;
  if (source === 'projection') return paint.dim(`${time}; percentiles within 1 %`);
  return paint.yellow(
    `basic monitoring since ${when(from)}: the statistics are ${duration(lagSeconds * 1_000)} behind; see \`trimtab incidents list\``,
  );
}

async function outcomes(cli: Cli, query: { workflow?: string; limit: string }): Promise<void> {
  const { items } = await cli.client().call('listOutcomes', { query: { ...query } });
  const columns: readonly Column<RunOutcome>[] = [
    { title: 'RUN', value: (run) => run.runId },
    { title: 'WORKFLOW', value: (run) => run.workflow },
    { title: 'STATUS', value: (run) => status(run.status) },
    { title: 'ENDED (UTC)', value: (run) => when(run.endedAt) },
    { title: 'TIME', value: (run) => duration(run.durationMs), align: 'right' },
    { title: 'FINDINGS', value: (run) => String(run.findings), align: 'right' },
    { title: 'SAVINGS/MONTH', value: (run) => run.savings.map(money).join(' + ') || '–', align: 'right' },
    { title: 'CARRIED OUT', value: (run) => run.executed.map(money).join(' + ') || '–', align: 'right' },
  ];
  answer(cli.terminal, items, () => table(items, columns, 'No run has ended yet.'));
}

async function rebuild(cli: Cli): Promise<void> {
  const client = cli.client();
  let progress = await client.call('rebuildAnalytics', { body: {} });
  while (progress.state === 'running') {
    if (cli.terminal.live) cli.terminal.err(`${progress.done} of ${progress.total} events`);
    await sleep(500);
    progress = await client.call('analyticsRebuild', {});
  }
  if (progress.state === 'failed')
    throw new AppError('analytics.rebuild-failed', progress.error ?? 'It failed.');
  const { total } = progress;
  answer(cli.terminal, progress, () => `counted ${total} events again`);
}
