import pc from 'picocolors';

/** What the CLI writes to: data on stdout, progress and logs on stderr. */
export interface Terminal {
  readonly json: boolean;
  readonly debug: boolean;
  out(text: string): void;
  err(text: string): void;
  /** Whether stderr is a terminal, so that a live display makes sense. */
  readonly live: boolean;
  readonly columns: number;
}

/** Colours only on a terminal; `NO_COLOR` is honoured by the library. */
export const paint = pc;

export function terminal(options: { json: boolean; debug: boolean }): Terminal {
  return {
    ...options,
    out: (text) => void process.stdout.write(`${text}\n`),
    err: (text) => void process.stderr.write(`${text}\n`),
    live: Boolean(process.stderr.isTTY),
    columns: process.stderr.columns ?? 100,
  };
}

/** Resolves when all that was written has left: a pipe takes 64 KB at a time, and an exit drops what it has not taken. */
export const flushed = (): Promise<unknown> =>
  Promise.all(
    [process.stdout, process.stderr].map((to) => new Promise<void>((done) => to.write('', () => done()))),
  );

/** Width of the screen that data goes to; undefined when it goes to a file or another program. */
export const screenColumns = (): number | undefined =>
  process.stdout.isTTY ? process.stdout.columns : undefined;

/** The one way a verb answers: JSON for programs, text for people. */
export function answer(to: Terminal, value: unknown, text: () => string): void {
  to.out(to.json ? JSON.stringify(value, null, 2) : text());
}
