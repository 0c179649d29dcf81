import { subjects } from '@trimtab/contracts';
import type { LiveMessage } from '@trimtab/contracts';
import { AppError } from '@trimtab/kernel';
import type { Clock } from '@trimtab/kernel';
import type { Messaging } from '@trimtab/messaging';
import type { Task } from '../task.js';

const HEARTBEAT_MS = 5_000;
const PROGRESS_MS = 250;

/**
 * The live side of one running task: heartbeats and progress go out, a cancellation or the deadline aborts. It beats and
 * listens from `settleIn` on: most tasks end before they are worth their messages, and a cancellation that was missed is
 * said again when the task beats.
 */
export class LiveTask {
  private abort: AbortController | undefined;
  private reason: AppError | undefined;
  private heartbeat: NodeJS.Timeout | undefined;
  private stopListening: (() => void) | undefined;
  private deadline: NodeJS.Timeout | undefined;
  private pending: LiveMessage | undefined;
  private pace: NodeJS.Timeout | undefined;

  constructor(
    private readonly task: Task,
    private readonly messaging: Messaging,
    private readonly clock: Clock,
  ) {
    if (this.left() <= 0) this.stop(late());
  }

  /** Made when somebody asks for it: most handlers do not, and it costs more than they do. */
  get signal(): AbortSignal {
    if (!this.abort) {
      this.abort = new AbortController();
      if (this.reason) this.abort.abort(this.reason);
    }
    return this.abort.signal;
  }

  /** Why the task is to stop; undefined while it may go on. */
  get stopped(): AppError | undefined {
    return this.reason;
  }

  /** Throws the reason to stop, when there is one. */
  goesOn(): void {
    if (this.reason) throw this.reason;
  }

  settleIn(): void {
    this.heartbeat = setInterval(() => this.beat(), HEARTBEAT_MS);
    this.stopListening = this.messaging.subscribeLive(this.subject, (message) => this.hear(message));
    const left = this.left();
    if (left < 2 ** 31) this.deadline = setTimeout(() => this.stop(late()), Math.max(0, left));
    this.beat();
  }

  stop(reason: AppError): void {
    this.reason ??= reason;
    this.abort?.abort(this.reason);
  }

  progress(done: number, total?: number, note?: string): void {
    this.pending = {
      kind: 'progress',
      ...this.about(),
      done,
      ...(total === undefined ? {} : { total }),
      ...(note === undefined ? {} : { note }),
    };
    if (this.pace) return;
    this.flush();
    this.pace = setInterval(() => this.flush(), PROGRESS_MS);
  }

  end(): void {
    if (this.pending) this.flush();
    clearInterval(this.heartbeat);
    clearInterval(this.pace);
    clearTimeout(this.deadline);
    this.stopListening?.();
  }

  private get subject(): string {
    return subjects.live(this.task.runId);
  }

  private flush(): void {
    if (this.pending) this.messaging.publishLive(this.subject, this.pending);
    else {
      clearInterval(this.pace);
      this.pace = undefined;
    }
    this.pending = undefined;
  }

  private beat(): void {
    this.messaging.publishLive(this.subject, { kind: 'heartbeat', ...this.about() } satisfies LiveMessage);
  }

  private hear(message: unknown): void {
    const { kind, taskId, attempt } = message as Partial<LiveMessage>;
    if (kind !== 'cancel' || taskId !== this.task.taskId || attempt !== this.task.attempt) return;
    this.stop(new AppError('task.cancelled', 'The task was cancelled.'));
  }

  private left(): number {
    const { deadline } = this.task;
    return deadline === undefined ? Infinity : Date.parse(deadline) - this.clock.now().getTime();
  }

  private about() {
    const { runId, taskId, attempt } = this.task;
    return { runId, taskId, attempt, at: this.clock.now().toISOString() };
  }
}

const late = (): AppError =>
  new AppError('task.deadline', 'The task did not end before its deadline.', { retry: 'later' });

const SETTLE_IN_MS = 50;

/** The tasks that run in this process; one timer lets those of the last moment settle in. */
export class LiveTasks {
  private readonly running = new Set<LiveTask>();
  private fresh = new Set<LiveTask>();
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly messaging: Messaging,
    private readonly clock: Clock,
  ) {}

  get size(): number {
    return this.running.size;
  }

  begin(task: Task): LiveTask {
    const live = new LiveTask(task, this.messaging, this.clock);
    this.running.add(live);
    this.fresh.add(live);
    this.timer ??= setTimeout(() => this.settle(), SETTLE_IN_MS);
    return live;
  }

  end(live: LiveTask): void {
    this.fresh.delete(live);
    this.running.delete(live);
    live.end();
  }

  stop(reason: AppError): void {
    for (const live of this.running) live.stop(reason);
  }

  private settle(): void {
    this.timer = undefined;
    const settled = this.fresh;
    this.fresh = new Set();
    for (const live of settled) live.settleIn();
  }
}
