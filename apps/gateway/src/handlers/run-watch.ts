import { Injectable } from '@nestjs/common';
import type { RunDetail } from '@trimtab/contracts';
import { detailOf, withProgress } from '../domain/views.js';
import { LiveProgress } from '../outbound/live-progress.js';
import { RunViews } from '../outbound/run-views.typeorm.js';

const TERMINAL = new Set(['COMPLETED', 'FAILED', 'CANCELLED', 'TERMINATED', 'COMPENSATED']);
const LOOK_MS = 250;
const APPEAR_MS = 5_000;
const APPEAR_LOOK_MS = 20;

/** A run as it is now, and after every change: stored state with the newest live progress on top. */
@Injectable()
export class RunWatch {
  constructor(
    private readonly views: RunViews,
    private readonly live: LiveProgress,
  ) {}

  async detail(runId: string): Promise<RunDetail> {
    const { run, tasks, input, outputs } = await this.views.run(runId);
    const shown = tasks.map(({ worker: _worker, ...task }) =>
      withProgress(task, this.live.of(runId, task.taskId)),
    );
    return detailOf(run, shown, { input, outputs });
  }

  /** Waits until the read model knows a run that was just started, so that whoever started it can read it. */
  async appearance(runId: string): Promise<void> {
    for (let waited = 0; waited < APPEAR_MS; waited += APPEAR_LOOK_MS) {
      if (await this.views.has(runId)) return;
      await new Promise((resolve) => setTimeout(resolve, APPEAR_LOOK_MS));
    }
  }

  async *changes(runId: string, signal: AbortSignal): AsyncGenerator<RunDetail> {
    let sent = '';
    while (!signal.aborted) {
      const run = await this.detail(runId);
      const state = JSON.stringify({ ...run, durationMs: null });
      if (state !== sent) yield run;
      if (TERMINAL.has(run.status)) return;
      sent = state;
      await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
    }
  }
}
