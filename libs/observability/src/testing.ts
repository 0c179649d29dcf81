import type { Logger, LogFields } from './log/logger.port.js';

/** A logger that keeps its lines for specs. */
export class RecordingLogger implements Logger {
  constructor(
    readonly lines: { level: string; message: string; fields: LogFields }[] = [],
    private readonly own: LogFields = {},
  ) {}
  trace = this.at('trace');
  debug = this.at('debug');
  info = this.at('info');
  warn = this.at('warn');
  error = this.at('error');

  child(fields: LogFields): Logger {
    return new RecordingLogger(this.lines, { ...this.own, ...fields });
  }

  private at(level: string) {
    return (message: string, fields: LogFields = {}): void => {
      this.lines.push({ level, message, fields: { ...this.own, ...fields } });
    };
  }
}
