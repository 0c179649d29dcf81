import type { AppendOptions, Attachment } from '@trimtab/event-store';
import { AppError, crashPoint, toErrorInfo } from '@trimtab/kernel';
import type { ErrorInfo } from '@trimtab/kernel';
import { advance, isTerminalRun } from '@trimtab/workflow';
import type { Advance, RunInput } from '@trimtab/workflow';
import { taskIn } from '../domain/live-run.js';
import type { LiveRun } from '../domain/live-run.js';
import type { BareInput } from '../domain/people.js';
import { isProgress } from '../domain/stored-run-event.js';
import type { Asked, StoredRunEvent } from '../domain/stored-run-event.js';
import type { Dispatcher, Started } from './dispatcher.js';
import { warnNear } from './near-limits.js';
import { rowOf, summaryOf, WAKE } from './run-rows.js';
import type { RunRow, Worked } from './run-rows.js';
import type { World } from './world.js';

const AFTER_ATTEMPT = new Set([
  'TaskCompleted',
  'TaskFailed',
  'TaskRetrying',
  'TaskSkipped',
  'TaskCancelled',
  'TaskWaiting',
]);

export interface DecideOptions {
  /** Idempotency key of a person's command. */
  readonly key?: string;
  readonly asked?: Asked;
  readonly worked?: Worked;
}

export interface DecidingListener {
  ended(run: LiveRun): void;
  /** The decision was not stored: the state in memory never came to be. */
  notStored(run: LiveRun, error: unknown): void;
}

/** The one loop: decide, append, publish. What is published was stored before. */
export class RunDeciding {
  constructor(
    private readonly partition: number,
    private readonly world: World,
    private readonly dispatcher: Dispatcher,
    private readonly listener: DecidingListener,
  ) {}

  /** Resolves when the decision is stored and its commands are out. Throws the refusal of a person's command. */
  decide(run: LiveRun, bare: BareInput, options: DecideOptions = {}): Promise<unknown> {
    const { state } = run;
    const { version, status } = state;
    run.touchedAtMs = this.world.clock.ms;
    const id = options.key ?? this.world.newId();
    const input = { ...bare, id, at: this.world.clock.now().toISOString() } as RunInput;
    const decided = this.advanced(run, input);
    if (decided instanceof Error) return Promise.reject(decided);
    if (decided.events.length === 0) return this.unchanged(run, decided, options);
    const listed = status !== state.status || run.passive;
    return this.store(run, version, decided, options, listed ? [summaryOf(run, false)] : []);
  }

  private async unchanged(run: LiveRun, decided: Advance, { worked }: DecideOptions): Promise<void> {
    if (decided.refusal || worked) await this.ignore(run);
    else await run.tail;
    if (decided.refusal) throw refusal(decided.refusal);
    await this.dispatcher.carryOut(run, decided.commands);
  }

  /** As `decide`, of what was decided. Every answer comes this way: without a promise for each step. */
  store(
    run: LiveRun,
    version: number,
    decided: Advance,
    options: DecideOptions,
    attachments: Attachment[],
  ): Promise<unknown> {
    const rows = decided.events.map((event, i) =>
      rowOf(run, event, this.world.newId(), options.worked, i === 0 ? options.asked : undefined),
    );
    crashPoint('run.decided');
    const started = this.dispatcher.ahead(run, decided.commands);
    const append = this.attached(run, options, attachments);
    if (options.worked && isQuiet(rows, started)) append.patient = true;
    const stored = this.world.appender.append(this.partition, run.stream, version, rows, append);
    const terminal = isTerminalRun(run.state.status);
    run.tail = stored;
    return stored.then(
      ({ firstSequence }) => this.follow(run, decided, started, { rows, terminal, firstSequence }),
      (error: unknown) => {
        this.listener.notStored(run, error);
        throw error;
      },
    );
  }

  private follow(
    run: LiveRun,
    { warnings = [] }: Advance,
    { later, sends, sent: before }: Started,
    { rows, terminal, firstSequence }: { rows: readonly RunRow[]; terminal: boolean; firstSequence: number },
  ): Promise<unknown> | undefined {
    crashPoint('run.stored');
    for (const { data } of rows) forgetSend(run, data);
    for (const send of sends) send.undecided = false;
    if (terminal) this.listener.ended(run);
    // Workers wait for the commands; everybody else hears a moment later.
    const sent = this.dispatcher.carryOut(run, later);
    for (const { data } of rows) this.world.spans.record(run.runId, data, data.meta);
    this.world.stored(this.partition, rows, firstSequence);
    for (const warning of warnings) warnNear(this.world, run.runId, this.partition, warning);
    return before && sent ? Promise.all([before, sent]) : (before ?? sent);
  }

  /** What was given changes nothing; resolves when it may be acknowledged. */
  async ignore(run: LiveRun): Promise<void> {
    await run.tail;
    await this.confirm(run);
  }

  /** What changes nothing is answered only by the owner: an empty append passes the fence and the version, or fails. */
  private async confirm(run: LiveRun): Promise<void> {
    try {
      await this.world.appender.append(this.partition, run.stream, run.state.version, []);
    } catch (error) {
      this.listener.notStored(run, error);
      throw error;
    }
  }

  /** A rule that throws leaves the state half changed: what is stored counts. */
  private advanced(run: LiveRun, input: RunInput): Advance | Error {
    try {
      const { limits, steering } = this.world;
      const route = steering?.routing.for(run);
      return advance(run.workflow, run.state, input, { random: this.world.random(), route, limits });
    } catch (error) {
      this.listener.notStored(run, error);
      return error as Error;
    }
  }

  private attached(
    run: LiveRun,
    { key }: DecideOptions,
    attachments: Attachment[],
  ): { -readonly [K in keyof AppendOptions]: AppendOptions[K] } {
    const { runId, state, passive } = run;
    if (passive) attachments.push({ kind: 'timer.clear', run: runId, key: WAKE });
    if (key !== undefined)
      attachments.push({ kind: 'idempotency', key, result: { runId, status: state.status } });
    run.passive = false;
    return { attachments };
  }
}

/** Neither a worker nor a person waits until it is stored: what it asks of workers is on its way. */
const isQuiet = (rows: readonly RunRow[], { later }: Started): boolean =>
  rows.every(({ data }) => isProgress(data)) &&
  later.every(({ kind }) => kind === 'setTimer' || kind === 'clearTimer');

/** An attempt that is over needs no sweeper. */
function forgetSend(run: LiveRun, event: StoredRunEvent): void {
  if (!AFTER_ATTEMPT.has(event.type)) return;
  const task = taskIn(event);
  const send = task === undefined ? undefined : run.sends.get(task);
  if (task === undefined || !send) return;
  if (!('attempt' in event) || event.attempt === send.attempt) run.sends.delete(task);
}

export const refusal = (info: ErrorInfo | undefined): AppError =>
  new AppError(info?.code ?? 'run.refused', info?.message ?? 'The run cannot do this.', {
    retry: info?.retry,
    details: info?.details,
  });

/** Nothing is known here any more of what was asked about. */
export const moved = (): AppError =>
  new AppError('partition.fenced', 'The partition has another owner: ask again.', { retry: 'later' });

export const isCode = (error: unknown, code: string): boolean => toErrorInfo(error).code === code;
