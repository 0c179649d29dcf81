import { AppError } from '@trimtab/kernel';
import type { LoggerPort } from '../connection/logger.port.js';
import type { ProvisionChange } from './specs.js';

export interface WatchOptions {
  /** How often the topology is compared (10 s). */
  readonly everyMs?: number;
  readonly onChange?: (changes: readonly ProvisionChange[]) => void;
}

export interface ProvisionWatch {
  /** Compares at once instead of at the next turn; when a comparison is under way, once more after it. */
  check(): void;
  /** Compares at once: what was asked on the connection that broke is answered no more. */
  reconnected(): void;
  stop(): Promise<void>;
}

/** Repeats `provision` for ever, so that what is deleted at run time comes back; failures are logged and tried again. */
export function watch(
  provision: () => Promise<ProvisionChange[]>,
  log: LoggerPort,
  options: WatchOptions = {},
): ProvisionWatch {
  const turns = new Set<Promise<void>>();
  let latest: Promise<void> | undefined;
  let once = false;
  let stopped = false;
  const turn = async (): Promise<void> => {
    try {
      const changes = await provision();
      if (changes.length === 0) return;
      log.warn('streams or consumers had to be restored', { changes });
      options.onChange?.(changes);
    } catch (error) {
      const level = error instanceof AppError && error.retry === 'never' ? 'error' : 'warn';
      log[level]('streams and consumers could not be compared', { error });
    }
  };
  const begin = (): void => {
    if (stopped) return;
    once = false;
    const mine = turn().finally(() => {
      turns.delete(mine);
      if (latest !== mine) return;
      latest = undefined;
      if (once) begin();
    });
    turns.add(mine);
    latest = mine;
  };
  const timer = setInterval(() => (latest ? undefined : begin()), options.everyMs ?? 10_000);
  timer.unref();
  return {
    check: () => (latest ? void (once = true) : begin()),
    reconnected: begin,
    stop: async () => {
      stopped = true;
      clearInterval(timer);
      await Promise.all(turns);
    },
  };
}
