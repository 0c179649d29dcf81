import type { Command } from 'commander';
import type { RunIntegrity } from '@trimtab/contracts';
import { AppError } from '@trimtab/kernel';
import type { Cli } from '../context.js';
import { EXIT } from '../exit-codes.js';
import { answer, paint } from '../output/terminal.js';
import type { Bind } from '../program.js';

export function registerVerify(runs: Command, bind: Bind): void {
  runs
    .command('verify [run]')
    .description('Replay the stored history and hold it against everything else that is stored of it')
    .option('--all', 'every run')
    .action(bind(verify as never));
}

async function verify(cli: Cli, runId: string | undefined, { all }: { all?: boolean }): Promise<number> {
  if ((runId === undefined) !== (all === true)) throw new AppError('cli.usage', 'Name a run, or give --all.');
  let checked = 0;
  const broken: RunIntegrity[] = [];
  for await (const one of integrityOf(cli, runId)) {
    checked += 1;
    if (!one.ok) broken.push(one);
  }
  answer(cli.terminal, { checked, broken }, () => summary(checked, broken));
  return broken.length === 0 ? EXIT.ok : EXIT.failed;
}

async function* integrityOf(cli: Cli, runId: string | undefined): AsyncGenerator<RunIntegrity> {
  const client = cli.client();
  let after: string | null = '';
  while (after !== null) {
    const query: Record<string, string> = runId === undefined ? { ...(after && { after }) } : { runId };
    const page: { items: RunIntegrity[]; next: string | null } = await client.call('verifyRuns', { query });
    yield* page.items;
    after = page.next;
  }
}

function summary(checked: number, broken: readonly RunIntegrity[]): string {
  const lines = broken.flatMap(({ runId, problems }) => [
    `${runId} ${paint.red('broken')}`,
    ...problems.map(({ code, message }) => `  ${message} ${paint.dim(code)}`),
  ]);
  const ok = `${checked - broken.length} of ${checked} runs are what their events say: versions without gaps, legal steps, the definition they were started with, snapshot and row equal to the replay`;
  return [...lines, ok].join('\n');
}
