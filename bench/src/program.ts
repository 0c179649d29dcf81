import { spawn } from 'node:child_process';
import type { ChildProcessWithoutNullStreams } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

export interface ProgramOptions {
  /** The Node program to run. */
  readonly entry: string;
  readonly args?: readonly string[];
  readonly nodeArgs?: readonly string[];
  /** Joins the environment of this process. */
  readonly env?: Readonly<Record<string, string>>;
}

const READY_MS = 120_000;
const STOP_MS = 30_000;
const KEPT = 4_000;

/**
 * A Node program as a process of its own that ends with this one: its standard input closes, however this one ends.
 * It tells that it is ready by a line of JSON with `"ready":true`.
 */
export class Program {
  private said = '';
  private readonly ended: Promise<unknown>;
  private readonly lines: AsyncIterator<string>;

  private constructor(
    private readonly entry: string,
    private readonly child: ChildProcessWithoutNullStreams,
  ) {
    this.ended = once(child, 'close');
    child.stderr.on('data', (chunk) => (this.said = (this.said + String(chunk)).slice(-KEPT)));
    child.stdin.on('error', () => undefined);
    this.lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  }

  /** Resolves when it is ready; throws with what it said when it is not within two minutes. */
  static async start({ entry, args = [], nodeArgs = [], env = {} }: ProgramOptions): Promise<Program> {
    const child = spawn(process.execPath, ['--no-warnings', ...nodeArgs, entry, ...args], {
      env: { ...process.env, ...env },
      stdio: ['pipe', 'pipe', 'pipe'],
      // A session of its own: Ctrl-C reaches only this process, which then stops the others in order.
      detached: true,
    });
    const program = new Program(entry, child);
    await program.untilReady();
    return program;
  }

  get pid(): number {
    return this.child.pid ?? 0;
  }

  /** Sends one line of JSON and waits for the line that answers it. */
  async ask<Answer>(question: object): Promise<Answer> {
    this.child.stdin.write(`${JSON.stringify(question)}\n`);
    return JSON.parse(await this.line()) as Answer;
  }

  /** Lets it finish; kills it after half a minute. */
  async stop(): Promise<void> {
    const timer = setTimeout(() => this.child.kill('SIGKILL'), STOP_MS);
    this.child.kill('SIGTERM');
    await this.ended;
    clearTimeout(timer);
  }

  /** SIGKILL: it gets no chance to finish anything. */
  async kill(): Promise<void> {
    this.child.kill('SIGKILL');
    await this.ended;
  }

  private async untilReady(): Promise<void> {
    const timer = setTimeout(() => this.child.kill('SIGKILL'), READY_MS);
    try {
      for (let line = await this.line(); !line.includes('"ready":true');) line = await this.line();
    } finally {
      clearTimeout(timer);
    }
  }

  private async line(): Promise<string> {
    const { value, done } = await this.lines.next();
    if (!done) return value;
    throw new Error(`${this.entry} ended:\n${this.said}`);
  }
}
