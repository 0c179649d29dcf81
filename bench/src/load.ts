import { setTimeout as sleep } from 'node:timers/promises';
import { quantile } from './statistics.js';
import type { System } from './system.js';
import { cpuSeconds, memoryMb } from './usage.js';

export interface LoadOptions {
  readonly concurrency: number;
  readonly windowMs: number;
}

type ByProcess = Readonly<Record<string, number>>;

/** What one system did in one window of time. */
export interface Load {
  readonly workflows: number;
  readonly wfPerSecond: number;
  readonly latencyMs: { readonly p50: number; readonly p99: number };
  /** Processor seconds per 1,000 workflows, by process. */
  readonly cpuSecondsPer1000: ByProcess;
  /** PSS at the end of the window, by process. */
  readonly memoryMb: ByProcess;
}

const LOOK_MS = 25;
/** The load runs for a quarter of a window before it is measured. */
const RAMP = 0.25;
/** A slow system gets a longer window, up to so many times, so that its figure does not hang on a handful of ends. */
const LONGER = 4;
const PATIENCE_MS = 180_000;

/**
 * Keeps `concurrency` workflows open (each that ends is followed by the next) and measures a window of that steady
 * state: it begins when as many as are open have ended, and is not blurred by the start and the end of the load.
 */
export async function load(system: System, { concurrency, windowMs }: LoadOptions): Promise<Load> {
  const pressure = new Pressure(system, concurrency);
  await pressure.until(concurrency, windowMs * RAMP);
  const before = observe(system);
  await pressure.until(2 * concurrency, windowMs);
  const after = observe(system);
  const memory = byProcess(system, memoryMb);
  await pressure.stop();
  const latencies = pressure.endedBetween(before.at, after.at);
  return {
    workflows: latencies.length,
    wfPerSecond: (latencies.length / (after.at - before.at)) * 1_000,
    latencyMs: { p50: quantile(latencies, 0.5), p99: quantile(latencies, 0.99) },
    cpuSecondsPer1000: per1000(before.cpu, after.cpu, latencies.length),
    memoryMb: memory,
  };
}

class Pressure {
  private readonly ends: { at: number; ms: number }[] = [];
  private readonly loops: Promise<void>;
  private going = true;
  private seed = 0;

  constructor(
    private readonly system: System,
    concurrency: number,
  ) {
    this.loops = Promise.all(Array.from({ length: concurrency }, () => this.loop())).then(() => undefined);
    this.loops.catch(() => (this.going = false));
  }

  /** Waits for so many more ends, at least `ms`. */
  async until(count: number, ms: number): Promise<void> {
    const from = performance.now();
    const target = this.ends.length + count;
    for (let spent = 0; this.going && spent < ms * LONGER; spent = performance.now() - from) {
      if (spent >= ms && this.ends.length >= target) return;
      await sleep(Math.min(LOOK_MS, ms));
    }
  }

  /** Starts nothing more and waits for what is open. Throws what a workflow threw, or when one never ends. */
  async stop(): Promise<void> {
    this.going = false;
    const patience = new AbortController();
    const { signal } = patience;
    const stuck = sleep(PATIENCE_MS, undefined, { signal }).then(() => {
      throw new Error(`${this.system.name}: a workflow did not end within ${PATIENCE_MS / 1_000} s`);
    });
    await Promise.race([this.loops, stuck]).finally(() => patience.abort());
  }

  /** Milliseconds that the workflows took that ended in this time. */
  endedBetween(from: number, to: number): number[] {
    return this.ends.filter(({ at }) => at > from && at <= to).map(({ ms }) => ms);
  }

  private async loop(): Promise<void> {
    while (this.going) {
      const from = performance.now();
      await this.system.run((this.seed += 1));
      const at = performance.now();
      this.ends.push({ at, ms: at - from });
    }
  }
}

const byProcess = ({ processes }: System, read: (pid: number) => number): ByProcess =>
  Object.fromEntries(processes.map(({ name, pid }) => [name, read(pid)]));

const observe = (system: System): { at: number; cpu: ByProcess } => {
  const cpu = byProcess(system, cpuSeconds);
  return { at: performance.now(), cpu };
};

const per1000 = (before: ByProcess, after: ByProcess, count: number): ByProcess =>
  Object.fromEntries(
    Object.entries(after).map(([name, seconds]) => [name, ((seconds - (before[name] ?? 0)) / count) * 1_000]),
  );
