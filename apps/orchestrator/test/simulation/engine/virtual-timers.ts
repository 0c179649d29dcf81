import type { Scheduler, Step } from './scheduler.js';

type Work = (...args: unknown[]) => unknown;

/** What `setTimeout` gives back here; enough of Node's `Timeout` for code that never asks for more. */
class Handle {
  step: Step | undefined;
  ref(): this {
    return this;
  }
  unref(): this {
    return this;
  }
  hasRef(): boolean {
    return true;
  }
}

/**
 * Puts the timers of all code under simulation on the virtual clock while `work` runs. A timer belongs to the process
 * whose step set it, dies with it and waits while it is paused.
 */
export async function withVirtualTimers<Result>(
  scheduler: Scheduler,
  work: () => Promise<Result>,
): Promise<Result> {
  const { setTimeout, clearTimeout, setInterval, clearInterval, setImmediate } = globalThis;
  const once = (fn: Work, ms = 0, ...args: unknown[]): Handle => {
    const handle = new Handle();
    handle.step = scheduler.after(Number(ms) || 0, scheduler.current, () => fn(...args));
    return handle;
  };
  const again = (fn: Work, ms = 1, ...args: unknown[]): Handle => {
    const handle = new Handle();
    const owner = scheduler.current;
    const turn = (): void => {
      handle.step = scheduler.after(Math.max(1, ms), owner, turn);
      fn(...args);
    };
    handle.step = scheduler.after(Math.max(1, ms), owner, turn);
    return handle;
  };
  const clear = (handle: unknown): void => {
    if (handle instanceof Handle && handle.step) handle.step.cancelled = true;
  };
  Object.assign(globalThis, {
    setTimeout: once,
    clearTimeout: clear,
    setInterval: again,
    clearInterval: clear,
    setImmediate: (fn: Work, ...args: unknown[]) => once(fn, 0, ...args),
  });
  try {
    return await work();
  } finally {
    Object.assign(globalThis, { setTimeout, clearTimeout, setInterval, clearInterval, setImmediate });
  }
}
