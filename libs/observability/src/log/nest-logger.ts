import type { LoggerService } from '@nestjs/common';
import type { Logger } from './logger.port.js';

/** Nest's own lines as lines of ours; what Nest calls `log` is debug here, because it narrates its start. */
export function nestLogger(logger: Logger): LoggerService {
  const at =
    (level: 'debug' | 'warn' | 'error' | 'trace') =>
    (message: unknown, ...rest: unknown[]): void => {
      const place = typeof rest.at(-1) === 'string' ? { context: rest.at(-1) } : {};
      const error = message instanceof Error ? { error: message } : {};
      logger[level](message instanceof Error ? message.message : String(message), { ...place, ...error });
    };
  return { log: at('debug'), error: at('error'), warn: at('warn'), debug: at('debug'), verbose: at('trace') };
}
