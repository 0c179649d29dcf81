import { describe, expect, it } from '@jest/globals';
import { AppError } from '@trimtab/kernel';
import { createLogger } from './pino-logger.js';
import type { LogLevel } from './pino-logger.js';

function logging(level: LogLevel = 'info') {
  const lines: Record<string, unknown>[] = [];
  const destination = {
    write: (line: string) => void lines.push(JSON.parse(line) as Record<string, unknown>),
  };
  return { lines, log: createLogger({ service: 'spec', level, destination }) };
}

describe('a log line', () => {
  it('is one JSON object with service, level, message and the fields of its child', () => {
    const { log, lines } = logging();
    log.child({ runId: 'r1' }).info('done', { ms: 3 });
    expect(lines).toMatchObject([{ service: 'spec', level: 'info', message: 'done', runId: 'r1', ms: 3 }]);
  });

  it('shows no secret, wherever it hides', () => {
    const { log, lines } = logging();
    const url = 'postgres://trimtab:hunter2@db:5432/x';
    log
      .child({ apiKey: 'hunter2' })
      .warn('started', { config: { DB_PASSWORD: 'hunter2', list: [{ token: 'hunter2' }] }, url });
    log.error('failed', { error: new AppError('a.b', 'no', { details: { secret: 'hunter2' } }) });
    expect(JSON.stringify(lines)).not.toContain('hunter2');
    expect(lines[0]?.['url']).toBe('postgres://***@db:5432/x');
  });

  it('keeps the fencing token, which is no secret', () => {
    const { log, lines } = logging();
    log.info('claimed', { fencetoken: '1.2' });
    expect(lines[0]?.['fencetoken']).toBe('1.2');
  });

  it('tells an error with its code and causes', () => {
    const { log, lines } = logging();
    log.error('failed', { error: new AppError('a.b', 'no', { cause: new Error('deep') }) });
    expect(lines[0]?.['error']).toMatchObject({ code: 'a.b', message: 'no', cause: { message: 'deep' } });
  });

  it('is left out below the level', () => {
    const { log, lines } = logging('warn');
    log.info('quiet');
    expect(lines).toEqual([]);
  });
});
