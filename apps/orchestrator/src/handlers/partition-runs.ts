import type { Attachment, Lease } from '@trimtab/event-store';
import type { ErrorInfo } from '@trimtab/kernel';
import { openCommands, partsOfTimer, sendOf, snapshotOf } from '@trimtab/workflow';
import type { Outcome, SendTask } from '@trimtab/workflow';
import { earliestDue, mayRest } from '../domain/live-run.js';
import type { LiveRun, Send } from '../domain/live-run.js';
import { aheadId, commandId, subjectOf } from '../domain/task-messages.js';
import type { TaskAnswer } from '../domain/task-messages.js';
import { TimerWheel } from '../domain/timer-wheel.js';
import { absence } from './absent-runs.js';
import { digestOf, Dispatcher } from './dispatcher.js';
import { tellParent } from './parents.js';
import { isCode, moved, RunDeciding } from './run-deciding.js';
import { loadOpenRuns } from './open-run-loading.js';
import { CODE_VERSION, loadRuns } from './run-loader.js';
import type { Loaded } from './run-loader.js';
import { RunMemory } from './run-memory.js';
import { summaryOf, WAKE } from './run-rows.js';
import { signOf, tellUnwanted } from './signs-of-life.js';
import { RunStarting } from './run-starting.js';
import { Sweeper } from './sweeper.js';
import type { GiveInput, RunAnswer, World } from './world.js';

/** What was queued longer ago was sent, unless the bus was away: its owner lived on. Younger ones are sent at once. */
const MAYBE_UNSENT_MS = 20_000;

/** The runs of one partition in the memory of its owner: decides, stores, then acts, run by run in order. */
export class PartitionRuns {
  readonly memory = new RunMemory((runIds) => this.load(runIds));
  private readonly wheel: TimerWheel<LiveRun>;
  private readonly dispatcher: Dispatcher;
  private readonly sweeper: Sweeper;
  readonly starting: RunStarting;
  private readonly deciding: RunDeciding;
  /** Commands that are being answered: a repetition meanwhile gets the same answer. */
  private readonly answering = new Map<string, Promise<RunAnswer>>();
  private gone = false;
  private lost = false;

  constructor(
    readonly lease: Lease,
    private readonly world: World,
  ) {
    this.wheel = new TimerWheel<LiveRun>(world.clock.ms);
    const refused = (run: LiveRun, command: SendTask, error: ErrorInfo): void =>
      this.refuse(run, command, error);
    this.dispatcher = new Dispatcher(lease.partition, world, this.wheel, refused);
    this.sweeper = new Sweeper(world, this.dispatcher);
    this.deciding = new RunDeciding(lease.partition, world, this.dispatcher, {
      ended: (run) => this.ended(run),
      notStored: (run, error) => this.forget(run, error),
    });
    this.starting = new RunStarting(lease.partition, world, this.memory, this.deciding);
  }

  /** Gives an input to a run; answers with the status that it decided, first and repeated. Throws the refusal of a person's command, and `run.unknown` (never). */
  give(request: GiveInput): Promise<RunAnswer> {
    const { key } = request;
    const same = key === undefined ? undefined : this.answering.get(key);
    if (same || key === undefined) return same ?? this.given(request);
    const answer = this.given(request).finally(() => this.answering.delete(key));
    this.answering.set(key, answer);
    return answer;
  }

  /** A worker's answer; one that comes too late changes nothing. */
  answer(answer: TaskAnswer): Promise<unknown> {
    const run = this.memory.get(answer.runId);
    if (run) return this.answered(run, answer);
    const loading = Promise.resolve(this.memory.find(answer.runId));
    return loading.then((found) => found && this.answered(found, answer));
  }

  private answered(run: LiveRun, answer: TaskAnswer): Promise<unknown> {
    const { task, attempt, claim, outcome } = answer;
    const sent = run.sends.get(task);
    if (sent) this.dispatcher.answered(sent, answer);
    if (!isToItsInput(run, sent, answer)) return this.deciding.ignore(run);
    const input = { kind: 'taskResult', task, attempt, claim, outcome } as const;
    return this.deciding.decide(run, input, { worked: answer });
  }

  /** A live sign of a worker: may be lost, changes state only where a timeout depends on it. */
  seen(runId: string, task: string, attempt: number, at: string): void {
    const run = this.memory.get(runId);
    const sign = signOf(run, task, attempt);
    if (sign === 'unwanted' && (run || this.memory.hasEnded(runId)))
      tellUnwanted(this.world.bus, run, { kind: 'cancel', runId, taskId: task, attempt, at });
    if (!run || sign === 'unwanted') return;
    const send = run.sends.get(task);
    if (send?.attempt === attempt) send.seenAt = at;
    if (sign === 'started')
      this.background(run, this.deciding.decide(run, { kind: 'taskStarted', task, attempt, claim: 0 }));
  }

  /** Loads every run that waits for something, and sends again what it waits for. */
  recover(): Promise<number> {
    return loadOpenRuns(this.world, this.lease.partition, this.memory, () => this.gone);
  }

  /** Fires what is due. */
  tick(): void {
    const now = this.world.clock.ms;
    this.world.pace.tick(now);
    for (const run of this.wheel.due(now)) {
      for (const [key, due] of run.timers) if (due <= now) this.fire(run, key);
      const next = earliestDue(run);
      if (next !== Infinity) this.wheel.set(run, next);
    }
  }

  /** Forgets what is in memory of a run, loads it again and looks at all that may start; false when it is not there. */
  async repair(runId: string): Promise<boolean> {
    const known = this.memory.get(runId);
    await known?.tail;
    if (known && this.memory.remove(known)) this.wheel.cancel(known);
    const run = await this.memory.find(runId);
    if (!run) return (await this.world.log.run(runId))?.terminal === true;
    await this.deciding.decide(run, { kind: 'wake' });
    return true;
  }

  /** The broker's store is another one than before: what was in it must be sent again. */
  lose(): void {
    this.lost = true;
  }

  /** Sends lost commands again and lets waiting runs leave memory. */
  async sweep(): Promise<void> {
    await this.sweeper.sweep(this.memory.all(), this.lost);
    this.lost = false;
    const now = this.world.clock.ms;
    for (const run of this.memory.all()) if (mayRest(run, now, this.world.restAfterMs)) await this.rest(run);
  }

  /** The partition is not ours any more. */
  close(): void {
    this.gone = true;
    this.dispatcher.close();
    this.memory.clear();
  }

  private async given({ runId, key, input, asked }: GiveInput): Promise<RunAnswer> {
    if (key !== undefined) {
      const before = (await this.world.log.processed(this.lease.partition, [key])).get(key);
      if (before) return before.result as RunAnswer;
    }
    const run = await this.memory.find(runId);
    if (!run) throw await absence(this.world, runId, input);
    const stored = this.deciding.decide(run, input, { key, asked });
    const { status } = run.state;
    return stored.then(() => ({ runId, status }));
  }

  private async *load(runIds: readonly string[]): AsyncGenerator<Loaded> {
    const sentBefore = await this.world.held.newest().catch(() => undefined);
    for await (const loaded of loadRuns(this.world, runIds)) {
      if (this.gone) throw moved();
      if ('run' in loaded) yield { runId: loaded.runId, run: this.wake(loaded.run, sentBefore) };
      else yield loaded;
    }
    if (this.gone) throw moved();
  }

  /** Takes a loaded run into memory and sends again what may not have been sent; the sweeper looks for the rest. */
  private wake(run: LiveRun, sentBefore: number | undefined): LiveRun {
    const known = this.memory.get(run.runId);
    if (known) return known;
    const now = this.world.clock.ms;
    this.memory.add(run);
    const commands = openCommands(run.workflow, run.state);
    for (const command of commands) {
      if (command.kind !== 'sendTask') continue;
      const { task, attempt } = command;
      const sent = { subject: subjectOf(command), sentBefore, sentAtMs: now };
      run.sends.set(task, { attempt, number: 1, ...sent });
    }
    const unsent = commands.filter(
      (command) => command.kind !== 'sendTask' || now - queuedAt(run, command) < MAYBE_UNSENT_MS,
    );
    this.background(run, this.dispatcher.carryOut(run, unsent, true));
    return run;
  }

  private ended(run: LiveRun): void {
    this.wheel.cancel(run);
    run.timers.clear();
    run.sends.clear();
    this.memory.end(run);
    if (run.state.parent) void tellParent(this.world, run.runId, run);
  }

  /** What was decided did not come to be: the stored state counts, and it is loaded again. */
  private forget(run: LiveRun, error: unknown): void {
    this.wheel.cancel(run);
    if (!this.memory.remove(run)) return;
    if (isCode(error, 'partition.fenced')) return this.world.fenced(this.lease.partition);
    if (this.gone || isCode(error, 'writer.closed')) return;
    this.world.logger.warn('a decision was not stored; the run is loaded again', { runId: run.runId, error });
    setTimeout(() => this.background(run, this.memory.find(run.runId)), 50).unref();
  }

  private fire(run: LiveRun, key: string): void {
    run.timers.delete(key);
    const lastSeen = run.sends.get(partsOfTimer(key)?.task ?? '')?.seenAt;
    this.background(run, this.deciding.decide(run, { kind: 'timerFired', key, lastSeen }));
  }

  private async rest(run: LiveRun): Promise<void> {
    const { runId, state } = run;
    const { version } = state;
    const due = earliestDue(run);
    const attachments: Attachment[] = [summaryOf(run, true)];
    if (due !== Infinity)
      attachments.push({ kind: 'timer.set', run: runId, key: WAKE, dueAt: new Date(due).toISOString() });
    run.passive = true;
    await this.world.appender.append(this.lease.partition, run.stream, version, [], { attachments });
    if (state.version !== version || !run.passive) return;
    const data = { state: snapshotOf(state), published: run.published };
    await this.world.log.saveSnapshot({ stream: run.stream, version, codeVersion: CODE_VERSION, data });
    if (state.version !== version) return;
    this.memory.remove(run);
    this.wheel.cancel(run);
  }

  private refuse(run: LiveRun, { task, attempt }: SendTask, error: ErrorInfo): void {
    const outcome: Outcome = { kind: 'failed', error };
    const claim = Number.MAX_SAFE_INTEGER;
    this.background(run, this.deciding.decide(run, { kind: 'taskResult', task, attempt, claim, outcome }));
  }

  private background(run: LiveRun, work: unknown): void {
    Promise.resolve(work).catch((error: unknown) =>
      this.world.logger.warn('an input could not be taken', { runId: run.runId, error }),
    );
  }
}

/** Whether what was sent ahead was sent with the input that the attempt came to have. */
function isToItsInput(run: LiveRun, sent: Send | undefined, { task, attempt, command }: TaskAnswer): boolean {
  if (command === undefined || command === sent?.ahead) return true;
  if (command === commandId(run.runId, { task, attempt })) return true;
  const open = sendOf(run.workflow, run.state, task);
  return open?.attempt === attempt && command === aheadId(run.runId, open, digestOf(open.input));
}

function queuedAt(run: LiveRun, { task }: SendTask): number {
  const state = run.state.tasks.get(task);
  return state && 'at' in state ? Date.parse(state.at) : 0;
}
