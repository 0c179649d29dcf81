import type { Command } from 'commander';
import type { Explanation } from '@trimtab/contracts';
import type { Cli } from '../context.js';
import { status, when } from '../output/format.js';
import { answer, paint } from '../output/terminal.js';
import type { Bind } from '../program.js';

export function registerExplain(program: Command, bind: Bind): void {
  program
    .command('explain <run> [task]')
    .description(
      'Why each task ran where it ran, was retried, moved, skipped or adapted, and what it waits for',
    )
    .action(bind(explain as never));
}

async function explain(cli: Cli, runId: string, task: string | undefined): Promise<void> {
  const explanation = await cli
    .client()
    .call('explainRun', { params: { runId }, query: task === undefined ? {} : { task } });
  answer(cli.terminal, explanation, () => textOf(explanation, task === undefined));
}

function textOf({ runId, workflow, status: state, lines, tasks }: Explanation, withRun: boolean): string {
  const run = [`run ${runId} of ${workflow} is ${status(state)}`, ...lines.map(lineText)];
  const texts = tasks.map((one) =>
    [
      `${one.task} ${paint.dim(one.uses)} ${status(one.status)}`,
      ...one.lines.map(lineText),
      ...(one.waitsFor === null ? [] : [`  now waits for ${one.waitsFor}`]),
    ].join('\n'),
  );
  return [...(withRun ? [run.join('\n')] : []), ...texts].join('\n\n');
}

const lineText = ({ at, text }: Explanation['lines'][number]): string => `  ${paint.dim(when(at))} ${text}`;
