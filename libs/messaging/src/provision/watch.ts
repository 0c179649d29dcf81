import { AppError } from '@trimtab/kernel';
import type { LoggerPort } from '../connection/logger.port.js';
import type { ProvisionChange } from './specs.js';

export interface WatchOptions {
  /** How often the topology is compared (10 s). */
  readonly everyMs?: number;
  readonly onChange?: (changes: readonly ProvisionChange[]) => void;
}

export interface ProvisionWatch {
  /** Compares at once instead of at the next turn. */
  check(): void;
  stop(): Promise<void>;
}

/** Repeats `provision` for ever, so that what is deleted at run time comes back; failures are logged and tried again. */
export function watch(
  provision: () => Promise<ProvisionChange[]>,
  log: LoggerPort,
  options: WatchOptions = {},
): ProvisionWatch {
  let running: Promise<void> | undefined;
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
  const check = (): void => {
    running ??= turn().finally(() => (running = undefined));
  };
  const timer = setInterval(check, options.everyMs ?? 10_000);
  timer.unref();
  return {
    check,
    stop: async () => {
      clearInterval(timer);
      await running;
    },
  };
}
