import type { EventView } from '@trimtab/contracts';
import { AppError } from '@trimtab/kernel';
import type { Envelope } from '@trimtab/kernel';
import type { Messaging } from '@trimtab/messaging';

/** Tokens of letters, digits, `-` and `_`; `*` is a whole token, `>` the last one. */
const SUBJECT = /^(?:(?:\*|[\w-]+)\.)*(?:>|\*|[\w-]+)$/;
const BUFFERED = 512;

export interface TailOptions {
  readonly subject: string;
  readonly from?: string | undefined;
  readonly follow: boolean;
}

/** Public events as they are in the EVT stream, from a time on and then live. */
export class EventStream {
  constructor(private readonly messaging: Messaging) {}

  /** Throws `events.invalid` at once, with every problem of subject and time. */
  tail(options: TailOptions, signal: AbortSignal): AsyncGenerator<EventView> {
    const problems: string[] = [];
    const subject = options.subject.replace(/^trimtab\.(evt\.)?/, '');
    if (!SUBJECT.test(subject))
      problems.push(`"${options.subject}" is not a subject, take for example cost.> or run.*.v1`);
    if (options.from !== undefined && Number.isNaN(Date.parse(options.from)))
      problems.push(`"${options.from}" is not a time, take RFC 3339, for example 2026-11-01T00:00:00Z`);
    if (problems.length > 0) throw new AppError('events.invalid', `${problems.join('; ')}.`);
    return this.read(`trimtab.evt.${subject}`, startOf(options), options.follow, signal);
  }

  private async *read(
    subject: string,
    from: Date | undefined,
    follow: boolean,
    signal: AbortSignal,
  ): AsyncGenerator<EventView> {
    const queue = new Queue<EventView>(BUFFERED);
    const replay = await this.messaging.replay({
      stream: 'EVT',
      filterSubjects: [subject],
      ...(from ? { from } : {}),
      live: follow,
      onMessage: (envelope) => queue.push(viewOf(envelope)),
    });
    const end = (): void => queue.end();
    replay.finished.then(end, end);
    signal.addEventListener('abort', end);
    if (signal.aborted) end();
    try {
      yield* queue.items();
    } finally {
      queue.end();
      await replay.stop();
    }
  }
}

/** Hands items from one side to the other; the giving side waits while `size` of them are not taken. */
class Queue<Item> {
  private readonly waiting: Item[] = [];
  private changed = (): void => undefined;
  private ended = false;

  constructor(private readonly size: number) {}

  async push(item: Item): Promise<void> {
    this.waiting.push(item);
    this.changed();
    while (this.waiting.length >= this.size && !this.ended)
      await new Promise((resolve) => setTimeout(resolve, 10));
  }

  end(): void {
    this.ended = true;
    this.changed();
  }

  async *items(): AsyncGenerator<Item> {
    for (;;) {
      for (let item = this.waiting.shift(); item !== undefined; item = this.waiting.shift()) yield item;
      if (this.ended) return;
      await new Promise<void>((resolve) => (this.changed = resolve));
    }
  }
}

/** Without a time: new events when it follows, else all that is there. */
function startOf({ from, follow }: TailOptions): Date | undefined {
  if (from !== undefined) return new Date(from);
  return follow ? new Date() : undefined;
}

const viewOf = ({ id, type, source, subject, time, runid, data }: Envelope): EventView => ({
  id,
  type,
  source,
  subject: subject ?? null,
  time,
  runId: runid ?? null,
  data,
});
