import { writeSync } from 'node:fs';
import { AppError, armCrashPoints, CRASH_POINTS } from '@trimtab/kernel';
import type { CrashPoint } from '@trimtab/kernel';

/** An acknowledgement is in the socket's buffer when it is said to be sent: it gets the time to leave. */
const LEAVES_MS = 25;
const SPEC = /^(?<point>[a-z.-]+)(?:#(?<nth>\d+))?(?:=(?<signal>SIGKILL|SIGSTOP))?$/;

/**
 * For fault tests: the process signals itself (SIGKILL unless told) when it comes to a crash point for the nth time:
 * `task.stored`, `log.after-commit#3`, `effect.before=SIGSTOP`. Throws `config.invalid` for what is no such point, and
 * in production.
 */
export function crashAt(spec: string, production: boolean): void {
  if (production)
    throw invalid('must not be set in production: unset it, or set NODE_ENV to something else.');
  const { point, nth = '1', signal = 'SIGKILL' } = SPEC.exec(spec)?.groups ?? {};
  if (!(CRASH_POINTS as readonly string[]).includes(point ?? ''))
    throw invalid(`wants one of ${CRASH_POINTS.join(', ')}.`);
  let left = Number(nth);
  armCrashPoints((reached: CrashPoint) => {
    if (reached !== point || (left -= 1) !== 0) return;
    // Written at once, because nothing that is buffered leaves the process any more.
    writeSync(2, `${signal} at ${point}\n`);
    const end = (): void => void process.kill(process.pid, signal);
    if (point === 'bus.after-ack') setTimeout(end, LEAVES_MS);
    else end();
  });
}

const invalid = (why: string): AppError => new AppError('config.invalid', `TRIMTAB_CRASH_AT ${why}`);
