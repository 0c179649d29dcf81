import type { Command } from 'commander';
import type { Cli } from '../context.js';
import { when } from '../output/format.js';
import { paint } from '../output/terminal.js';
import type { Bind } from '../program.js';

interface TailOptions {
  readonly from?: string;
  readonly follow: boolean;
}

export function registerEvents(program: Command, bind: Bind): void {
  program
    .command('events')
    .description('Public events')
    .command('tail [subject]')
    .description("Follow events, for example 'cost.>' or 'run.*.v1'")
    .option('--from <time>', 'start at this time (RFC 3339) instead of now')
    .option('--no-follow', 'stop at the newest event')
    .action(bind(tail as never));
}

async function tail(cli: Cli, subject = '>', { from, follow }: TailOptions): Promise<void> {
  const query = { subject, follow: String(follow), ...(from === undefined ? {} : { from }) };
  let shown = 0;
  for await (const event of cli.client().follow('tailEvents', { query })) {
    shown += 1;
    if (cli.terminal.json) cli.terminal.out(JSON.stringify(event));
    else
      cli.terminal.out(
        `${paint.dim(when(event.time))} ${paint.bold(event.type)} ${event.subject ?? ''} ${paint.dim(event.source)}`,
      );
  }
  if (shown === 0) cli.terminal.err(paint.dim(`No events of ${subject} are stored.`));
}
