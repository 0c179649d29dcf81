import { LiveMessage, subjects } from '@trimtab/contracts';
import type { Messaging } from '@trimtab/messaging';
import type { Progress } from '../domain/views.js';

const KEPT = 20_000;

/** The newest progress report of each task; live messages may be lost, so nothing depends on them. */
export class LiveProgress {
  private readonly reports = new Map<string, Progress>();
  private readonly stopListening: () => void;

  constructor(messaging: Messaging) {
    this.stopListening = messaging.subscribeLive(subjects.allLive, (message) => this.hear(message));
  }

  of(runId: string, taskId: string): Progress | undefined {
    return this.reports.get(`${runId}/${taskId}`);
  }

  stop(): void {
    this.stopListening();
  }

  private hear(message: unknown): void {
    const parsed = LiveMessage.safeParse(message);
    if (!parsed.success || parsed.data.kind !== 'progress') return;
    const key = `${parsed.data.runId}/${parsed.data.taskId}`;
    this.reports.delete(key);
    this.reports.set(key, parsed.data);
    // The oldest reports belong to tasks that ended long ago.
    if (this.reports.size > KEPT) this.reports.delete(this.reports.keys().next().value ?? '');
  }
}
