import { logs, SeverityNumber } from '@opentelemetry/api-logs';
import { context, trace } from '@opentelemetry/api';
import { AppError } from '@trimtab/kernel';
import pino from 'pino';
import type { Logger, LogFields } from './logger.port.js';
import { isTracing } from '../trace/is-tracing.js';
import { redacted } from './redact.js';

export type LogLevel = 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'fatal' | 'silent';

export interface LoggerOptions {
  readonly service: string;
  readonly level?: LogLevel;
  /** Where lines go; stderr unless told. */
  readonly destination?: { write(line: string): void };
}

/**
 * A logger that writes one JSON object per line with `service`, and with `trace_id` and `span_id` of the current span.
 * Fields with secret-looking names show `***`. Lines also go to OpenTelemetry, which drops them when it is off.
 */
export function createLogger(options: LoggerOptions): Logger {
  const settings: pino.LoggerOptions = {
    level: options.level ?? 'info',
    base: { service: options.service },
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label) => ({ level: label }) },
    messageKey: 'message',
  };
  const target = options.destination ?? pino.destination({ fd: 2, sync: false });
  return new PinoLogger(pino(settings, target), { service: options.service });
}

type Level = 'trace' | 'debug' | 'info' | 'warn' | 'error';

const severity: Readonly<Record<Level, SeverityNumber>> = {
  trace: SeverityNumber.TRACE,
  debug: SeverityNumber.DEBUG,
  info: SeverityNumber.INFO,
  warn: SeverityNumber.WARN,
  error: SeverityNumber.ERROR,
};

class PinoLogger implements Logger {
  constructor(
    private readonly pino: pino.Logger,
    private readonly fields: LogFields,
  ) {}

  trace(message: string, fields?: LogFields): void {
    this.write('trace', message, fields);
  }
  debug(message: string, fields?: LogFields): void {
    this.write('debug', message, fields);
  }
  info(message: string, fields?: LogFields): void {
    this.write('info', message, fields);
  }
  warn(message: string, fields?: LogFields): void {
    this.write('warn', message, fields);
  }
  error(message: string, fields?: LogFields): void {
    this.write('error', message, fields);
  }

  child(fields: LogFields): Logger {
    const own = printable(fields);
    return new PinoLogger(this.pino.child(own), { ...this.fields, ...own });
  }

  private write(level: Level, message: string, fields: LogFields = {}): void {
    if (!this.pino.isLevelEnabled(level)) return;
    const line = { ...spanFields(), ...printable(fields) };
    this.pino[level](line, message);
    if (isTracing()) this.export(level, message, line);
  }

  private export(level: Level, message: string, line: LogFields): void {
    logs.getLogger('@trimtab/observability').emit({
      severityNumber: severity[level],
      severityText: level.toUpperCase(),
      body: message,
      attributes: flat({ ...this.fields, ...line }),
      context: context.active(),
    });
  }
}

function spanFields(): LogFields {
  const span = trace.getActiveSpan()?.spanContext();
  return span ? { trace_id: span.traceId, span_id: span.spanId } : {};
}

function printable(fields: LogFields): Record<string, unknown> {
  const line = redacted(fields);
  for (const name in line) if (line[name] instanceof Error) line[name] = errorFields(line[name]);
  return line;
}

/** Code, message, stack and causes of an error; no other property, which might hold a secret. */
function errorFields(error: Error, depth = 0): Record<string, unknown> {
  const app =
    error instanceof AppError
      ? { code: error.code, retry: error.retry, details: redacted(error.details) }
      : {};
  const code = 'code' in error && typeof error.code === 'string' ? { code: error.code } : {};
  const cause =
    error.cause === undefined || depth >= 3
      ? {}
      : { cause: error.cause instanceof Error ? errorFields(error.cause, depth + 1) : String(error.cause) };
  return { name: error.name, message: error.message, ...code, ...app, stack: error.stack, ...cause };
}

const flat = (fields: LogFields): Record<string, string | number | boolean> =>
  Object.fromEntries(
    Object.entries(fields).map(([name, value]) => [
      name,
      typeof value === 'number' || typeof value === 'boolean'
        ? value
        : typeof value === 'string'
          ? value
          : (JSON.stringify(value) ?? ''),
    ]),
  );
