import { execFile } from 'node:child_process';
import { Allowed, allowListOf, taskContracts } from '@trimtab/contracts';
import type { StackSettings, TaskInput } from '@trimtab/contracts';
import { AppError } from '@trimtab/kernel';
import type { TaskFunction } from '@trimtab/workflow';
import { environment } from '../config.js';

/**
 * Built-in tasks inside this process, for `trimtab workflow run --in-memory`: the same inputs and outputs, and the same
 * permissions, as those of the service `tasks`: from its variables, else from the configuration.
 */
export function localTasks(settings: StackSettings['tasks']): Record<string, TaskFunction> {
  const named = (variable: string, given: readonly string[]): readonly string[] =>
    environment[variable]?.split(',').map((name) => name.trim()) ?? given;
  const scripts = named('TASKS_SCRIPTS', settings.scripts);
  const hosts = named('TASKS_HOSTS', settings.hosts);
  const values = named('TASKS_ENV', settings.env).flatMap((name): [string, string][] => {
    const value = environment[name];
    return value === undefined ? [] : [[name, value]];
  });
  const allowed = new Allowed(allowListOf(scripts), allowListOf(hosts), new Map(values));
  return {
    'script.run': (input: unknown) => runScript(checked('script.run', input), allowed),
    'http.request': (input: unknown) => request(checked('http.request', input), allowed),
  };
}

function checked<T extends 'script.run' | 'http.request'>(type: T, input: unknown): TaskInput<T> {
  const parsed = taskContracts[type].input.safeParse(input);
  if (parsed.success) return parsed.data as TaskInput<T>;
  const problems = parsed.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`);
  throw new AppError('task.invalid-input', `Correct the input of ${type}: ${problems.join('; ')}`);
}

async function runScript(input: TaskInput<'script.run'>, allowed: Allowed): Promise<unknown> {
  const { shell, command, args, stdin = '', timeoutMs, maxOutputBytes, exitCodes } = input;
  const [program, given] = shell ? ['sh', ['-c', command, 'sh', ...args]] : [command, args];
  allowed.checkProgram(program as string);
  const { values, hide } = allowed.reveal(input.env);
  const started = Date.now();
  const { code, stdout, stderr } = await new Promise<{ code: unknown; stdout: string; stderr: string }>(
    (done) => {
      const options = { env: environmentOf(values), timeout: timeoutMs, maxBuffer: maxOutputBytes };
      const child = execFile(program, given as string[], options, (error, stdout, stderr) =>
        done({ code: error ? (error.code ?? null) : 0, stdout: hide(stdout), stderr: hide(stderr) }),
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

const environmentOf = (given: Readonly<Record<string, string>>): NodeJS.ProcessEnv => ({
  PATH: environment['PATH'],
  HOME: environment['HOME'],
  ...given,
});

async function request(input: TaskInput<'http.request'>, allowed: Allowed): Promise<unknown> {
  const { method, url, body, expect, timeoutMs } = input;
  const started = Date.now();
  allowed.checkHost(new URL(url));
  const { values: headers, hide } = allowed.reveal(input.headers);
  const sent = body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) };
  const answer = await fetch(url, {
    method,
    headers,
    redirect: 'manual',
    signal: AbortSignal.timeout(timeoutMs),
    ...sent,
  }).catch((cause: unknown) => {
    throw new AppError('http.unreachable', `${url} could not be reached.`, { retry: 'later', cause });
  });
  const { status } = answer;
  const expected = expect.some((one) => one === status || one === `${Math.floor(status / 100)}xx`);
  if (!expected) {
    const retry = status === 429 || status >= 500 ? 'later' : 'never';
    throw new AppError('http.unexpected-status', `${url} answered ${status}.`, { retry });
  }
  const text = hide(await answer.text());
  const isJson = /json/.test(answer.headers.get('content-type') ?? '');
  const content: unknown = text === '' ? null : isJson ? JSON.parse(text) : text;
  const shown = Object.fromEntries([...answer.headers].filter(([name]) => name !== 'set-cookie'));
  return { status, url: answer.url, headers: shown, body: content, durationMs: Date.now() - started };
}
