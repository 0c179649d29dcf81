import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';

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

interface Answer {
  readonly id: number;
  readonly answer?: unknown;
  readonly error?: string;
}

/**
 * A Node program as a process of its own that ends with this one: its standard input and its channel close, however
 * this one ends. It tells that it is ready by a line of JSON with `"ready":true`.
 */
export class Program {
  private said = '';
  private readonly ended: Promise<unknown>;
  private readonly asked = new Map<number, (answer: Answer) => void>();
  private questions = 0;

  private constructor(
    private readonly entry: string,
    private readonly child: ChildProcess,
  ) {
    this.ended = once(child, 'close');
    child.stderr?.on('data', (chunk) => (this.said = (this.said + String(chunk)).slice(-KEPT)));
    child.stdin?.on('error', () => undefined);
    child.on('message', (message) => this.hear(message as Answer));
  }

  /** Resolves when it is ready; throws with what it said when it is not within two minutes. */
  static async start({ entry, args = [], nodeArgs = [], env = {} }: ProgramOptions): Promise<Program> {
    const child = spawn(process.execPath, ['--no-warnings', ...nodeArgs, entry, ...args], {
      env: { ...process.env, ...env },
      stdio: ['pipe', 'pipe', 'pipe', 'ipc'],
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

  /** Sends a question and waits for its answer, as `peers/door.mjs` gives it. Throws what the other end threw. */
  async ask<Reply>(question: object): Promise<Reply> {
    const id = (this.questions += 1);
    const answered = new Promise<Answer>((done) => this.asked.set(id, done));
    this.child.send({ ...question, id });
    const { answer, error } = await answered;
    if (error !== undefined) throw new Error(error);
    return answer as Reply;
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
    const ready = new Promise<boolean>((done) => {
      let printed = '';
      this.child.stdout?.on('data', (chunk) => {
        printed = (printed + String(chunk)).slice(-KEPT);
        if (printed.includes('"ready":true')) done(true);
      });
    });
    const isReady = await Promise.race([ready, this.ended.then(() => false)]);
    clearTimeout(timer);
    if (!isReady) throw new Error(`${this.entry} ended before it was ready:\n${this.said}`);
  }

  private hear(message: Answer): void {
    this.asked.get(message.id)?.(message);
    this.asked.delete(message.id);
  }
}
