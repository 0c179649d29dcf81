import { subjects } from '@trimtab/contracts';
import type { LiveMessage } from '@trimtab/contracts';
import { AppError } from '@trimtab/kernel';
import type { Clock } from '@trimtab/kernel';
import type { Messaging } from '@trimtab/messaging';
import type { Task } from '../task.js';

const HEARTBEAT_MS = 5_000;
const PROGRESS_MS = 250;

/** The live side of one running task: heartbeats and progress go out, a cancellation or the deadline aborts. */
export class LiveTask {
  private readonly abort = new AbortController();
  private readonly subject: string;
  private readonly heartbeat: NodeJS.Timeout;
  private readonly stopListening: () => void;
  private deadline: NodeJS.Timeout | undefined;
  private pending: LiveMessage | undefined;
  private pace: NodeJS.Timeout | undefined;

  constructor(
    private readonly task: Task,
    private readonly messaging: Messaging,
    private readonly clock: Clock,
  ) {
    this.subject = subjects.live(task.runId);
    this.heartbeat = setInterval(() => this.beat(), HEARTBEAT_MS);
    this.stopListening = messaging.subscribeLive(this.subject, (message) => this.hear(message));
    this.armDeadline();
    this.beat();
  }

  get signal(): AbortSignal {
    return this.abort.signal;
  }

  stop(reason: AppError): void {
    this.abort.abort(reason);
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
    this.stopListening();
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

  private armDeadline(): void {
    if (this.task.deadline === undefined) return;
    const left = Date.parse(this.task.deadline) - this.clock.now().getTime();
    const late = new AppError('task.deadline', 'The task did not end before its deadline.', {
      retry: 'later',
    });
    if (left <= 0) this.stop(late);
    else if (left < 2 ** 31) this.deadline = setTimeout(() => this.stop(late), left);
  }

  private about() {
    const { runId, taskId, attempt } = this.task;
    return { runId, taskId, attempt, at: this.clock.now().toISOString() };
  }
}
