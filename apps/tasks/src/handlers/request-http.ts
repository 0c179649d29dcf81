import { Command, CommandHandler } from '@nestjs/cqrs';
import type { ICommandHandler } from '@nestjs/cqrs';
import { Allowed } from '@trimtab/contracts';
import type { TaskInput, TaskOutput } from '@trimtab/contracts';
import { AppError, Clock } from '@trimtab/kernel';
import type { Task, TaskContext, TaskOutcome } from '@trimtab/service';
import { contentOf, isExpected, requestOf, unexpected } from '../domain/exchange.js';
import { redirectOf } from '../domain/redirect.js';
import { WebServers } from '../domain/web.js';
import type { WebAnswer, WebRequest } from '../domain/web.js';

type Input = TaskInput<'http.request'>;
type Output = TaskOutput<'http.request'>;

/** Ask a server and tell what it answered. */
export class RequestHttp extends Command<TaskOutcome<Output>> {
  constructor(
    readonly task: Task<Input>,
    readonly context: TaskContext,
  ) {
    super();
  }
}

@CommandHandler(RequestHttp)
export class RequestHttpHandler implements ICommandHandler<RequestHttp> {
  constructor(
    private readonly allowed: Allowed,
    private readonly servers: WebServers,
    private readonly clock: Clock,
  ) {}

  async execute({ task, context }: RequestHttp): Promise<TaskOutcome<Output>> {
    const { headers, expect, redirects, timeoutMs } = task.input;
    const { values, hide } = this.allowed.reveal(headers);
    const first = requestOf(task.input, values, `${task.runId}/${task.taskId}`);
    const startedAt = this.clock.now().getTime();
    await context.assertCurrent();

    const { request, answer } = await this.exchange(first, redirects, within(timeoutMs, context.signal));

    const told = { ...answer, headers: each(answer.headers, hide), body: hide(answer.body) };
    if (!isExpected(expect, answer.status)) throw unexpected(told, this.clock.now());
    const { status } = answer;
    const durationMs = Math.max(0, this.clock.now().getTime() - startedAt);
    const body = contentOf(told);
    return { output: { status, url: request.url.href, headers: told.headers, body, durationMs } };
  }

  /** Every hop must be allowed, not only the first. */
  private async exchange(
    request: WebRequest,
    redirects: number,
    signal: AbortSignal,
  ): Promise<{ request: WebRequest; answer: WebAnswer }> {
    this.allowed.checkHost(request.url);
    const answer = await this.servers.ask(request, signal);
    const next = redirects > 0 ? redirectOf(request, answer) : undefined;
    return next ? this.exchange(next, redirects - 1, signal) : { request, answer };
  }
}

const each = (
  texts: Readonly<Record<string, string>>,
  change: (text: string) => string,
): Record<string, string> =>
  Object.fromEntries(Object.entries(texts).map(([name, text]) => [name, change(text)]));

/** Aborts with the task, or when the whole exchange takes too long. */
function within(timeoutMs: number, signal: AbortSignal): AbortSignal {
  const late = new AppError('http.timed-out', `The server did not answer within ${timeoutMs} ms.`, {
    retry: 'later',
  });
  const timer = new AbortController();
  setTimeout(() => timer.abort(late), timeoutMs).unref();
  return AbortSignal.any([signal, timer.signal]);
}
