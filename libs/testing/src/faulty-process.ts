import type { ChildProcess } from 'node:child_process';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { eventually } from './eventually.js';

export interface ProcessOptions {
  /** The Node program to run, for example an app's `dist/main.js`. */
  readonly entry: string;
  readonly args?: readonly string[];
  /** Options of Node itself, for example `['--import', './otel.mjs']`. */
  readonly nodeArgs?: readonly string[];
  /** Joins the environment of this process. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly cwd?: string;
  /** When it counts as ready: a line that it prints, or a URL that answers 2xx. */
  readonly ready: { readonly line: RegExp } | { readonly url: string };
  /** How long it may take to be ready; default 60,000 ms. */
  readonly timeoutMs?: number;
}

export interface ExitStatus {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** Services end with their standard input, so that tests that were killed leave none behind. */
const WITH_PARENT = { TRIMTAB_EXIT_WITH_PARENT: 'true' };

/** Starts a Node program as a process of its own, which a test can kill, freeze and restart. Resolves when it is ready. */
export async function startProcess(options: ProcessOptions): Promise<FaultyProcess> {
  const started = new FaultyProcess(options);
  await started.start();
  return started;
}

/** A process to which a test does what the world does to processes. */
export class FaultyProcess {
  private child: ChildProcess | undefined;
  private exit: Promise<ExitStatus> = Promise.resolve({ code: null, signal: null });
  private printed = '';

  constructor(private readonly options: ProcessOptions) {}

  /** Undefined while it does not run. */
  get pid(): number | undefined {
    return this.child === undefined || this.hasEnded(this.child) ? undefined : this.child.pid;
  }

  /** Everything it has printed since its last start, standard output and standard error alike. */
  get output(): string {
    return this.printed;
  }

  /**
   * Starts it unless it runs; resolves when it is ready, else throws with what it printed. `more` joins the environment
   * of this one start.
   */
  async start(more: Readonly<Record<string, string>> = {}): Promise<void> {
    if (this.pid !== undefined) return;
    const { entry, args = [], nodeArgs = [], env, cwd } = this.options;
    const child = spawn(process.execPath, ['--no-warnings', ...nodeArgs, entry, ...args], {
      cwd,
      env: { ...process.env, ...WITH_PARENT, ...env, ...more },
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    this.child = child;
    this.printed = '';
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (chunk) => (this.printed += String(chunk)));
    // `close` comes after the last output, so that what it said at the end is not lost.
    this.exit = once(child, 'close').then(([code, signal]) => ({ code, signal }) as ExitStatus);
    await this.untilReady(child);
  }

  /** SIGKILL: it gets no chance to finish anything. */
  kill(): Promise<ExitStatus> {
    return this.signal('SIGKILL');
  }

  /** SIGTERM, and SIGKILL if it has not ended after `graceMs` (default 30,000). */
  async stop(graceMs = 30_000): Promise<ExitStatus> {
    const timer = setTimeout(() => this.child?.kill('SIGKILL'), graceMs);
    try {
      return await this.signal('SIGTERM');
    } finally {
      clearTimeout(timer);
    }
  }

  /** Kills it and starts it again. */
  async restart(): Promise<void> {
    await this.kill();
    await this.start();
  }

  /** Stops it in its tracks, as a long pause would; `thaw` lets it go on, unaware. */
  freeze(): void {
    this.child?.kill('SIGSTOP');
  }

  thaw(): void {
    this.child?.kill('SIGCONT');
  }

  /** Resolves when it has ended by itself. */
  ended(): Promise<ExitStatus> {
    return this.exit;
  }

  /** Resolves when it has printed something that matches, for example the name of a crash point. */
  async prints(pattern: RegExp, timeoutMs = 30_000): Promise<string> {
    return await eventually(() => pattern.exec(this.printed)?.[0] ?? fail(this, `did not print ${pattern}`), {
      timeoutMs,
      intervalMs: 5,
    });
  }

  private signal(signal: NodeJS.Signals): Promise<ExitStatus> {
    this.child?.kill(signal);
    // A frozen process acts on SIGTERM only when it goes on.
    if (signal === 'SIGTERM') this.child?.kill('SIGCONT');
    return this.exit;
  }

  private async untilReady(child: ChildProcess): Promise<void> {
    const look = async () => this.hasEnded(child) || (await this.isReady());
    const { timeoutMs = 60_000 } = this.options;
    const seen = await eventually(look, { timeoutMs, intervalMs: 20 }).catch(() => false);
    if (seen && !this.hasEnded(child)) return;
    const { code, signal } = await this.kill();
    fail(
      this,
      seen ? `ended with ${signal ?? code} before it was ready` : `was not ready after ${timeoutMs} ms`,
    );
  }

  private async isReady(): Promise<boolean> {
    const { ready } = this.options;
    if ('line' in ready) return ready.line.test(this.printed);
    const answer = await fetch(ready.url, { signal: AbortSignal.timeout(1_000) }).catch(() => undefined);
    await answer?.body?.cancel();
    return answer?.ok ?? false;
  }

  private hasEnded(child: ChildProcess): boolean {
    return child.exitCode !== null || child.signalCode !== null || child.pid === undefined;
  }

  /** The program's name, for messages. */
  toString(): string {
    return this.options.entry;
  }
}

function fail(program: FaultyProcess, what: string): never {
  throw new Error(`${program} ${what}; it printed:\n${program.output.slice(-2_000)}`);
}
