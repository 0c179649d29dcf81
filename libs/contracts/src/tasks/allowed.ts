import { AppError } from '@trimtab/kernel';
import type { AllowList } from './allow-list.js';
import { allowsHost, allowsProgram } from './allow-list.js';
import type { Secretable } from './built-in.js';

const HIDDEN = '***';
/** Shorter values would hide parts of ordinary words. */
const SHORTEST_SECRET = 4;

/** What the configuration lets `script.run` and `http.request` do, wherever they run: nothing unless it says so. */
export class Allowed {
  constructor(
    private readonly programs: AllowList,
    private readonly hosts: AllowList,
    /** Values of the variables that tasks may refer to. */
    private readonly variables: ReadonlyMap<string, string>,
  ) {}

  /** Throws `script.not-allowed` (never). */
  checkProgram(command: string): void {
    if (allowsProgram(this.programs, command)) return;
    throw new AppError(
      'script.not-allowed',
      `The program "${command}" is not allowed here: add it to TASKS_SCRIPTS (stack.tasks.scripts in trimtab.yaml).`,
    );
  }

  /** Throws `http.not-allowed` (never). */
  checkHost(url: URL): void {
    if (allowsHost(this.hosts, url)) return;
    throw new AppError(
      'http.not-allowed',
      `The host ${url.host} is not allowed here: add it to TASKS_HOSTS (stack.tasks.hosts in trimtab.yaml).`,
    );
  }

  /** Values with their references resolved. Throws `task.variable-not-allowed` (never). */
  reveal(values: Readonly<Record<string, Secretable>>): Revealed {
    const secrets: string[] = [];
    const plain = Object.entries(values).map(([name, value]) => {
      if (typeof value === 'string') return [name, value];
      const secret = this.variables.get(value.env);
      if (secret === undefined) throw unknownVariable(value.env);
      secrets.push(secret);
      return [name, value.prefix + secret];
    });
    return { values: Object.fromEntries(plain) as Record<string, string>, hide: hider(secrets) };
  }
}

export interface Revealed {
  readonly values: Readonly<Record<string, string>>;
  /** Puts `***` for every secret in a text that leaves the worker. */
  readonly hide: (text: string) => string;
}

const hider =
  (secrets: readonly string[]) =>
  (text: string): string =>
    secrets
      .filter((secret) => secret.length >= SHORTEST_SECRET)
      .reduce((hidden, secret) => hidden.replaceAll(secret, HIDDEN), text);

const unknownVariable = (name: string): AppError =>
  new AppError(
    'task.variable-not-allowed',
    `The variable ${name} is not set or tasks may not refer to it: set it for this worker and add it to TASKS_ENV.`,
  );
