import type { Command } from 'commander';
import type { DeadLetterView } from '@trimtab/contracts';
import type { Cli } from '../context.js';
import { status, when } from '../output/format.js';
import { table } from '../output/table.js';
import { answer, paint } from '../output/terminal.js';
import type { Bind } from '../program.js';

export function registerDeadLetters(program: Command, bind: Bind): void {
  const dlq = program.command('dlq').description('Messages that were given up');
  dlq
    .command('list')
    .description('Dead letters, newest first')
    .option('--service <name>')
    .option('--status <status>', 'new, replayed or discarded')
    .action(bind(list as never));
  dlq.command('show <id>').description('One dead letter with its original bytes').action(bind(show));
  dlq
    .command('replay <id>')
    .description('Send it again to where it was going')
    .option('--reason <text>', 'why, for the audit trail')
    .action(bind(replay as never));
}

async function list(cli: Cli, query: Record<string, string>): Promise<void> {
  const { items } = await cli.client().call('listDeadLetters', { query });
  answer(cli.terminal, items, () =>
    table(
      items,
      [
        { title: 'ID', value: (one) => one.id },
        { title: 'SERVICE', value: (one) => one.service },
        { title: 'REASON', value: (one) => one.reason },
        { title: 'STATUS', value: (one) => status(one.status) },
        { title: 'AT (UTC)', value: (one) => when(one.at) },
        { title: 'WHAT', value: (one) => `${one.subject}: ${one.error}` },
      ],
      'No dead letters.',
    ),
  );
}

async function show(cli: Cli, id: string): Promise<void> {
  const letter = await cli.client().call('showDeadLetter', { params: { id } });
  answer(cli.terminal, letter, () => letterText(letter));
}

function letterText(letter: DeadLetterView): string {
  const { service, reason, error, subject, deliveries, at } = letter;
  const why = `${reason}: ${error}`;
  const facts = { service, why, subject, deliveries: String(deliveries), 'at (UTC)': when(at) };
  return [
    `${paint.bold(letter.id)} ${status(letter.status)}`,
    ...Object.entries(facts).map(([name, value]) => `  ${name.padEnd(10)} ${value}`),
    '',
    ...Object.entries(letter.headers).map(([key, value]) => paint.dim(`${key}: ${value}`)),
    readable(Buffer.from(letter.payload, 'base64').toString('utf8')),
  ].join('\n');
}

/** JSON with its structure; anything else as it came. */
function readable(text: string): string {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}

async function replay(cli: Cli, id: string, { reason }: { reason?: string }): Promise<void> {
  const letter = await cli
    .client()
    .call('replayDeadLetter', { params: { id }, body: reason === undefined ? {} : { reason } });
  answer(cli.terminal, letter, () => `${letter.id} ${status(letter.status)} to ${letter.subject}`);
}
