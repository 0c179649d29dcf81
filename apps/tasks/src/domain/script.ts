import type { TaskInput, TaskOutput } from '@trimtab/contracts';
import { AppError } from '@trimtab/kernel';
import type { Ending } from './program.js';

type Input = TaskInput<'script.run'>;
type Output = TaskOutput<'script.run'>;

const TOLD = 1_000;

/** The program that is really started: a line for the shell is an argument of `sh`. */
export const commandOf = ({ shell, command, args }: Input): { command: string; args: readonly string[] } =>
  shell ? { command: 'sh', args: ['-c', command, 'sh', ...args] } : { command, args };

/**
 * What an ending means for the task. Throws `script.timed-out`, `script.interrupted` (later), `script.failed` (by its
 * exit code), `script.output-too-large` and `script.invalid-json` (never).
 */
export function scriptOutput(input: Input, ending: Ending): Output {
  if (ending.kind === 'timed-out')
    throw failure('timed-out', `did not end within ${input.timeoutMs} ms`, 'later', ending.stderr);
  if (ending.kind === 'said-too-much')
    throw failure(
      'output-too-large',
      `printed more than ${input.maxOutputBytes} bytes: raise maxOutputBytes`,
    );
  const { code, signal, stdout, stderr, durationMs } = ending;
  if (code === null) throw failure('interrupted', `was ended by ${signal}`, 'later', stderr);
  if (!input.exitCodes.completed.includes(code)) {
    const retry = input.exitCodes.retry.includes(code) ? 'later' : 'never';
    throw failure('failed', `ended with code ${code}`, retry, stderr, { exitCode: code });
  }
  return { exitCode: code, output: shaped(input.output, stdout), stderr, durationMs };
}

function shaped(wanted: Input['output'], stdout: string): unknown {
  if (wanted === 'none') return null;
  if (wanted === 'text') return stdout;
  try {
    return JSON.parse(stdout) as unknown;
  } catch (cause) {
    throw failure('invalid-json', `printed no JSON: ${(cause as Error).message}`);
  }
}

function failure(
  reason: string,
  what: string,
  retry: 'never' | 'later' = 'never',
  stderr = '',
  details: Record<string, unknown> = {},
): AppError {
  const told = stderr.trim().slice(-TOLD);
  return new AppError(`script.${reason}`, `The script ${what}${told ? `. It said: ${told}` : '.'}`, {
    retry,
    details,
  });
}
