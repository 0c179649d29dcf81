import { spawn } from 'node:child_process';
import type { ChildProcessWithoutNullStreams } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AppError } from '@trimtab/kernel';
import { Programs } from '../domain/program.js';
import type { Ending, Program } from '../domain/program.js';

const STDERR_BYTES = 16 * 1024;
const GRACE_MS = 2_000;

/** Each program leads a process group of its own, so that what it starts can be ended with it. */
export class ChildProcessPrograms extends Programs {
  constructor(private readonly path: string) {
    super();
  }

  override async run(program: Program, signal: AbortSignal): Promise<Ending> {
    signal.throwIfAborted();
    const scratch = await mkdtemp(join(tmpdir(), 'trimtab-script-'));
    try {
      const env = { ...program.env, PATH: this.path, HOME: scratch, TMPDIR: scratch };
      const child = spawn(program.command, program.args, { cwd: scratch, env, detached: true });
      return await new RunningProgram(child, program, signal).ending();
    } finally {
      await rm(scratch, { recursive: true, force: true });
    }
  }
}

class RunningProgram {
  private readonly stdout: Buffer[] = [];
  private said = 0;
  private stderr = Buffer.alloc(0);
  private cut: 'timed-out' | 'said-too-much' | 'aborted' | undefined;
  private hardEnd: NodeJS.Timeout | undefined;

  constructor(
    private readonly child: ChildProcessWithoutNullStreams,
    private readonly program: Program,
    private readonly signal: AbortSignal,
  ) {
    child.stdout.on('data', (part: Buffer) => this.hear(part));
    child.stderr.on('data', (part: Buffer) => {
      this.stderr = Buffer.concat([this.stderr, part]).subarray(-STDERR_BYTES);
    });
    // A program may end before it has read everything.
    child.stdin.on('error', () => undefined);
    child.stdin.end(program.stdin);
    // What it left behind would hold its pipes open.
    child.once('exit', () => this.kill('SIGKILL'));
  }

  async ending(): Promise<Ending> {
    const startedAt = performance.now();
    const timer = setTimeout(() => this.end('timed-out'), this.program.timeoutMs);
    const abort = (): void => this.end('aborted');
    this.signal.addEventListener('abort', abort);
    try {
      const [code, signal] = (await once(this.child, 'close')) as [number | null, string | null];
      return this.told(code, signal, Math.round(performance.now() - startedAt));
    } catch (error) {
      throw notStarted(this.program.command, error as NodeJS.ErrnoException);
    } finally {
      clearTimeout(timer);
      clearTimeout(this.hardEnd);
      this.signal.removeEventListener('abort', abort);
    }
  }

  private told(code: number | null, signal: string | null, durationMs: number): Ending {
    const stderr = this.stderr.toString('utf8');
    if (this.cut === 'aborted') throw this.signal.reason;
    if (this.cut === 'timed-out') return { kind: 'timed-out', stderr };
    if (this.cut === 'said-too-much') return { kind: 'said-too-much' };
    const stdout = Buffer.concat(this.stdout).toString('utf8');
    return { kind: 'exited', code, signal, stdout, stderr, durationMs };
  }

  private hear(part: Buffer): void {
    this.said += part.byteLength;
    if (this.said > this.program.maxOutputBytes) this.end('said-too-much');
    else this.stdout.push(part);
  }

  private end(why: NonNullable<typeof this.cut>): void {
    if (this.cut) return;
    this.cut = why;
    this.kill('SIGTERM');
    this.hardEnd = setTimeout(() => this.kill('SIGKILL'), GRACE_MS);
  }

  private kill(signal: NodeJS.Signals): void {
    if (this.child.pid === undefined) return;
    try {
      process.kill(-this.child.pid, signal);
    } catch {
      // The whole group has ended already.
    }
  }
}

function notStarted(command: string, error: NodeJS.ErrnoException): unknown {
  const never = (code: string, what: string): AppError =>
    new AppError(code, `The program "${command}" ${what} on this worker.`, { cause: error });
  if (error.code === 'ENOENT') return never('script.not-found', 'is not there');
  if (error.code === 'EACCES') return never('script.not-executable', 'cannot be executed');
  return error;
}
