import { execFile } from 'node:child_process';
import { taskContracts } from '@trimtab/contracts';
import type { TaskInput } from '@trimtab/contracts';
import { AppError } from '@trimtab/kernel';
import type { TaskFunction } from '@trimtab/workflow';
import { environment } from '../config.js';

type Secretable = TaskInput<'script.run'>['env'][string];

/**
 * Built-in tasks inside this process, for `trimtab workflow run --in-memory`: the same inputs and outputs as those of the
 * service `tasks`, with the rights of whoever runs it and without its allow-lists.
 */
export const localTasks: Readonly<Record<string, TaskFunction>> = {
  'script.run': (input: unknown) => runScript(checked('script.run', input)),
  'http.request': (input: unknown) => request(checked('http.request', input)),
};

function checked<T extends 'script.run' | 'http.request'>(type: T, input: unknown): TaskInput<T> {
  const parsed = taskContracts[type].input.safeParse(input);
  if (parsed.success) return parsed.data as TaskInput<T>;
  const problems = parsed.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`);
  throw new AppError('task.invalid-input', `Correct the input of ${type}: ${problems.join('; ')}`);
}

async function runScript(input: TaskInput<'script.run'>): Promise<unknown> {
  const { shell, command, args, stdin = '', timeoutMs, maxOutputBytes, exitCodes } = input;
  const [program, given] = shell ? ['sh', ['-c', command, 'sh', ...args]] : [command, args];
  const started = Date.now();
  const { code, stdout, stderr } = await new Promise<{ code: unknown; stdout: string; stderr: string }>(
    (done) => {
      const options = { env: environmentOf(input.env), timeout: timeoutMs, maxBuffer: maxOutputBytes };
      const child = execFile(program, given as string[], options, (error, stdout, stderr) =>
        done({ code: error ? (error.code ?? null) : 0, stdout, stderr }),
      );
      child.stdin?.on('error', () => undefined).end(stdin);
    },
  );
  if (typeof code !== 'number' || !exitCodes.completed.includes(code)) {
    const retry = typeof code === 'number' && exitCodes.retry.includes(code) ? 'later' : 'never';
    const said = stderr.trim().slice(-1_000);
    throw new AppError('script.failed', `The script ended with ${String(code)}. It said: ${said}`, { retry });
  }
  return { exitCode: code, output: shaped(input.output, stdout), stderr, durationMs: Date.now() - started };
}

function shaped(wanted: TaskInput<'script.run'>['output'], stdout: string): unknown {
  if (wanted === 'none') return null;
  if (wanted === 'text') return stdout;
  try {
    return JSON.parse(stdout) as unknown;
  } catch (cause) {
    throw new AppError('script.invalid-json', `The script printed no JSON: ${(cause as Error).message}.`);
  }
}

const environmentOf = (given: Readonly<Record<string, Secretable>>): NodeJS.ProcessEnv => ({
  PATH: environment['PATH'],
  HOME: environment['HOME'],
  ...Object.fromEntries(Object.entries(given).map(([name, value]) => [name, revealed(value)])),
});

const revealed = (value: Secretable): string =>
  typeof value === 'string' ? value : `${value.prefix}${environment[value.env] ?? ''}`;

async function request(input: TaskInput<'http.request'>): Promise<unknown> {
  const { method, url, body, expect, timeoutMs } = input;
  const started = Date.now();
  const headers = Object.fromEntries(
    Object.entries(input.headers).map(([name, value]) => [name, revealed(value)]),
  );
  const sent = body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) };
  const answer = await fetch(url, { method, headers, signal: AbortSignal.timeout(timeoutMs), ...sent }).catch(
    (cause: unknown) => {
      throw new AppError('http.unreachable', `${url} could not be reached.`, { retry: 'later', cause });
    },
  );
  const { status } = answer;
  const expected = expect.some((one) => one === status || one === `${Math.floor(status / 100)}xx`);
  if (!expected) {
    const retry = status === 429 || status >= 500 ? 'later' : 'never';
    throw new AppError('http.unexpected-status', `${url} answered ${status}.`, { retry });
  }
  const text = await answer.text();
  const isJson = /json/.test(answer.headers.get('content-type') ?? '');
  const content: unknown = text === '' ? null : isJson ? JSON.parse(text) : text;
  const shown = Object.fromEntries([...answer.headers].filter(([name]) => name !== 'set-cookie'));
  return { status, url: answer.url, headers: shown, body: content, durationMs: Date.now() - started };
}
