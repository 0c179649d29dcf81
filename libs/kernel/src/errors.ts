/** What to do after an error: `never` = terminal, `later` = the same call may succeed after a delay. */
export type Retry = 'never' | 'later';

export interface AppErrorOptions {
  readonly retry?: Retry;
  readonly details?: Readonly<Record<string, unknown>>;
  readonly cause?: unknown;
}

/**
 * The one error class that crosses module boundaries.
 * `code` is `<context>.<reason>` (for example `inventory.throttled`); `message` says what to do next.
 */
export class AppError extends Error {
  override readonly name = 'AppError';
  readonly retry: Retry;
  readonly details: Readonly<Record<string, unknown>>;

  constructor(
    readonly code: string,
    message: string,
    options: AppErrorOptions = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.retry = options.retry ?? 'never';
    this.details = options.details ?? {};
  }
}

/** An error as it travels in messages and events. */
export interface ErrorInfo {
  readonly code: string;
  readonly message: string;
  readonly retry: Retry;
  readonly details?: Readonly<Record<string, unknown>>;
}

/** Any thrown value as `ErrorInfo`; what is not an `AppError` counts as retryable (`internal.unexpected`). */
export function toErrorInfo(error: unknown): ErrorInfo {
  if (error instanceof AppError) {
    const { code, message, retry, details } = error;
    return { code, message, retry, ...(Object.keys(details).length > 0 ? { details } : {}) };
  }
  const message = error instanceof Error ? error.message : String(error);
  return { code: 'internal.unexpected', message, retry: 'later' };
}

/** What a task throws when something it depends on is not there yet: it waits for that and is tried again, not failed. */
export const blockedOn = (on: string, retryInMs?: number): AppError =>
  new AppError('task.blocked', `${on} is not there yet.`, { retry: 'later', details: { on, retryInMs } });

/** What an error says that it is blocked on; undefined for any other error. */
export function blockIn(error: unknown): { readonly on: string; readonly retryInMs?: number } | undefined {
  if (!(error instanceof AppError) || error.code !== 'task.blocked') return undefined;
  return error.details as { on: string; retryInMs?: number };
}
