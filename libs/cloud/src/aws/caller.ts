import { setTimeout as sleep } from 'node:timers/promises';
import { AppError } from '@trimtab/kernel';
import type { RequestMeter } from '../ports/cloud.port.js';
import type { CloudScope, Purpose } from '../ports/scope.js';
import { cloudError } from './aws-errors.js';
import { loadSdk } from './sdks.js';
import type { AwsService, CommandOf, Sdk } from './sdks.js';
import type { AwsSessions } from './sessions.js';

const reading = /^(Describe|List|Get|Lookup|Head|AssumeRole)/;

/** Sends commands in one scope for one purpose: paced, counted, and with errors of our own. */
export class AwsCaller {
  constructor(
    private readonly sessions: AwsSessions,
    readonly scope: CloudScope,
    private readonly purpose: Purpose,
    private readonly meter?: RequestMeter,
  ) {}

  async send<S extends AwsService, Output>(
    service: S,
    build: (sdk: Sdk<S>) => CommandOf<Output>,
  ): Promise<Output> {
    const command = build(await loadSdk(service));
    const operation = command.constructor.name.replace(/Command$/, '');
    if (reading.test(operation)) return this.request(service, operation, command, 'again');
    return afterThrottling(() => this.request(service, operation, command, 'once'));
  }

  private request<Output>(
    service: AwsService,
    operation: string,
    command: CommandOf<Output>,
    sends: 'once' | 'again',
  ): Promise<Output> {
    return this.sessions.pace(service, this.scope).run(async () => {
      try {
        const client = await this.sessions.client(service, this.scope, this.purpose, sends);
        const output = await client.send(command);
        this.count(service, operation, output.$metadata?.attempts);
        return output as Output;
      } catch (error) {
        this.count(service, operation, attemptsOf(error));
        throw cloudError(error, { service, operation, ...this.scope });
      }
    });
  }

  /** Follows a listing's token until there is none. */
  async *pages<S extends AwsService, Output>(
    service: S,
    build: (sdk: Sdk<S>, token: string | undefined) => CommandOf<Output>,
    next: (page: Output) => string | undefined,
  ): AsyncIterable<Output> {
    let token: string | undefined;
    do {
      const page: Output = await this.send(service, (sdk) => build(sdk, token));
      yield page;
      token = next(page) || undefined;
    } while (token !== undefined);
  }

  private count(service: AwsService, operation: string, attempts: number | undefined): void {
    const mutating = !reading.test(operation);
    const request = { ...this.scope, service, operation, mutating, count: Math.max(1, attempts ?? 1) };
    this.sessions.count(request);
    this.meter?.(request);
  }
}

const EFFECT_ATTEMPTS = 6;
const FIRST_WAIT_MS = 250;

/** An effect is sent again only when AWS says that it did not even look at the request. */
async function afterThrottling<T>(send: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await send();
    } catch (error) {
      const throttled = error instanceof AppError && error.code === 'cloud.throttled';
      if (!throttled || attempt === EFFECT_ATTEMPTS) throw error;
      await sleep(FIRST_WAIT_MS * 2 ** (attempt - 1) * (0.5 + Math.random() / 2));
    }
  }
}

const attemptsOf = (error: unknown): number | undefined =>
  (error as { $metadata?: { attempts?: number } } | null)?.$metadata?.attempts;
