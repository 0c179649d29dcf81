import { createInterface } from 'node:readline';
import { Command, CommanderError } from 'commander';
import type { Cli } from '../context.js';
import { sayFailure } from '../output/failure.js';
import { paint } from '../output/terminal.js';
import type { Bind } from '../program.js';

const PROMPT = 'schedules> ';

/** A console in which the verbs of schedules are typed without `trimtab schedules`; it begins with what there is. */
export const scheduleConsole =
  (register: (shell: Command, bind: Bind) => void) =>
  async (cli: Cli): Promise<void> => {
    const perform = async (words: readonly string[]): Promise<void> => {
      const shell = new Command('schedules')
        .usage('<verb>')
        .exitOverride()
        .helpOption(false)
        .showHelpAfterError('(see help)');
      register(shell, bindTo(cli));
      await shell.parseAsync(words, { from: 'user' }).catch((error: unknown) => {
        // What the parser refuses it has said already.
        if (!(error instanceof CommanderError)) sayFailure(cli.terminal, error);
      });
    };
    await perform(['list']);
    cli.terminal.err(paint.dim('add, pause, trigger, … as `help` says; `exit` leaves'));
    for await (const line of linesOf(process.stdin)) {
      const words = wordsOf(line);
      if (words[0] === 'exit' || words[0] === 'quit') return;
      if (words.length > 0) await perform(words);
    }
  };

const bindTo =
  (cli: Cli): Bind =>
  (verb) =>
  async (...args) => {
    const command = args.at(-1) as Command;
    await verb(cli, ...(args.slice(0, -2) as string[]), command.opts() as never);
  };

/** Lines as they are typed; while one is worked on the terminal belongs to its verb, which may ask something itself. */
async function* linesOf(input: NodeJS.ReadStream): AsyncGenerator<string> {
  if (!input.isTTY) {
    yield* createInterface({ input });
    return;
  }
  let history: string[] = [];
  for (;;) {
    const reader = createInterface({ input, output: process.stderr, history });
    reader.on('history', (lines: string[]) => void (history = lines));
    const line = await new Promise<string | undefined>((typed) => {
      reader.once('close', () => typed(undefined));
      reader.question(paint.bold(PROMPT), typed);
    });
    reader.close();
    if (line === undefined) return;
    yield line;
  }
}

/** The words of a line; quotes keep one together. */
export const wordsOf = (line: string): string[] =>
  [...line.matchAll(/"([^"]*)"|'([^']*)'|(\S+)/g)].map(
    ([, double, single, bare]) => double ?? single ?? bare ?? '',
  );
