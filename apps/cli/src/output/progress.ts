import type { RunDetail, TaskView } from '@trimtab/contracts';
import { bar, duration, status } from './format.js';
import type { Terminal } from './terminal.js';
import { paint } from './terminal.js';
import { cutTo, padTo } from './width.js';

const TERMINAL = new Set(['COMPLETED', 'FAILED', 'SKIPPED', 'CANCELLED', 'COMPENSATED']);
const TICK_MS = 1_000;

interface Phase {
  readonly name: string;
  readonly state: string;
  readonly share: number;
  readonly note: string;
}

/** The instances of a fan-out (`inventory[3]`) are one phase. */
export function phasesOf(tasks: readonly TaskView[]): Phase[] {
  const groups = new Map<string, TaskView[]>();
  for (const task of tasks) {
    const name = task.taskId.replace(/\[\d+\]$/, '');
    groups.set(name, [...(groups.get(name) ?? []), task]);
  }
  return [...groups].map(([name, all]) => phase(all, { name, tasks: withoutParent(name, all) }));
}

/** When a fan-out has instances, they tell more than the task that stands for them. */
function withoutParent(name: string, all: readonly TaskView[]): readonly TaskView[] {
  const instances = all.filter((task) => task.taskId !== name);
  return instances.length > 0 ? instances : all;
}

function phase(
  all: readonly TaskView[],
  { name, tasks }: { name: string; tasks: readonly TaskView[] },
): Phase {
  const shares = tasks.map(shareOf);
  const share = shares.reduce((sum, one) => sum + one, 0) / Math.max(1, shares.length);
  const done = tasks.filter((task) => TERMINAL.has(task.state)).length;
  const active = tasks.find((task) => !TERMINAL.has(task.state) && task.state !== 'PENDING');
  const state = phaseState(tasks, active, done);
  const why = active?.progress?.note ?? active?.reason ?? tasks.find((task) => task.error)?.error?.message;
  const note = [countOf(all, tasks, done), why].filter(Boolean).join(' ');
  return { name, state, share, note };
}

/** Only as many instances as may run at once are there before the fan-out is over: no total until then. */
function countOf(all: readonly TaskView[], tasks: readonly TaskView[], done: number): string | undefined {
  if (tasks.length < 2) return undefined;
  const over = all.some((task) => !tasks.includes(task) && TERMINAL.has(task.state));
  return over ? `${done}/${tasks.length}` : `${done} done`;
}

function phaseState(tasks: readonly TaskView[], active: TaskView | undefined, done: number): string {
  if (active) return active.state;
  if (done < tasks.length) return done === 0 ? 'PENDING' : 'RUNNING';
  return tasks.find((task) => task.state === 'FAILED')?.state ?? tasks[0]?.state ?? 'PENDING';
}

function shareOf(task: TaskView): number {
  if (TERMINAL.has(task.state)) return 1;
  const { progress } = task;
  return progress?.total ? Math.min(0.99, progress.done / progress.total) : 0;
}

/** Shows a run while it goes on: bars that are redrawn on a terminal, a line per change elsewhere. */
export class ProgressDisplay {
  private lines = 0;
  private last: { readonly run: RunDetail; readonly at: number } | undefined;
  private ticking: NodeJS.Timeout | undefined;
  private shown = new Map<string, string>();

  constructor(private readonly to: Terminal) {}

  show(run: RunDetail): void {
    const phases = phasesOf(run.taskList);
    if (!this.to.live) return this.printChanges(phases);
    this.last = { run, at: Date.now() };
    this.redraw(run, phases, 0);
    this.ticking ??= setInterval(() => this.tick(), TICK_MS).unref();
  }

  /** Nothing is drawn any more. */
  end(): void {
    clearInterval(this.ticking);
    this.ticking = undefined;
  }

  /** The time goes on also while nothing else changes. */
  private tick(): void {
    if (this.last) this.redraw(this.last.run, phasesOf(this.last.run.taskList), Date.now() - this.last.at);
  }

  private redraw(run: RunDetail, phases: readonly Phase[], sinceMs: number): void {
    const width = Math.max(8, ...phases.map((one) => one.name.length));
    const rows = phases.map((one) => {
      const text = `  ${one.name.padEnd(width)} ${bar(one.share)} ${padTo(status(one.state), 10)} ${paint.dim(one.note)}`;
      // A line that wraps would be counted as one when the display is drawn again.
      return cutTo(text, this.to.columns);
    });
    const head = `${paint.bold(run.workflow)} ${paint.dim(run.id)} ${status(run.status)} ${duration((run.durationMs ?? 0) + sinceMs)}`;
    const up = this.lines > 0 ? `\u001b[${this.lines}A\u001b[J` : '';
    this.to.err(up + [cutTo(head, this.to.columns), ...rows].join('\n'));
    this.lines = rows.length + 1;
  }

  private printChanges(phases: readonly Phase[]): void {
    for (const one of phases) {
      if (one.state === 'PENDING' || this.shown.get(one.name) === one.state) continue;
      this.shown.set(one.name, one.state);
      this.to.err(`${one.name}: ${one.state}${one.note ? ` (${one.note})` : ''}`);
    }
  }
}
