import { hash } from 'node:crypto';
import { toErrorInfo } from '@trimtab/kernel';
import type { ErrorInfo, Json } from '@trimtab/kernel';
import { openCommands, sendOf } from '@trimtab/workflow';
import type { Command, SendTask } from '@trimtab/workflow';
import type { LiveRun, Send } from '../domain/live-run.js';
import { commandMessage, subjectOf } from '../domain/task-messages.js';
import type { TaskAnswer } from '../domain/task-messages.js';
import type { TimerWheel } from '../domain/timer-wheel.js';
import type { World } from './world.js';

/** A command that no repetition can bring through. */
export type Refused = (run: LiveRun, command: SendTask, error: ErrorInfo) => void;

/** What of a decision's commands is on its way, and what waits until the decision is stored. */
export interface Started {
  readonly later: readonly Command[];
  readonly sends: readonly Send[];
  readonly sent?: Promise<unknown>;
}

/** Carries out commands after their events are stored, and those for what only computes while they are being stored. */
export class Dispatcher {
  private closed = false;

  constructor(
    private readonly partition: number,
    private readonly world: World,
    private readonly wheel: TimerWheel<LiveRun>,
    private readonly refused: Refused,
  ) {}

  /**
   * Resolves when the broker has every command, or when it is clear that the sweeper must try again. Undefined when there
   * is nothing to wait for.
   */
  carryOut(run: LiveRun, commands: readonly Command[], recovering = false): Promise<unknown> | undefined {
    const sends: Promise<void>[] = [];
    for (const command of commands) {
      if (command.kind === 'sendTask') sends.push(this.send(run, command, 1, recovering));
      else this.carryOutNow(run, command);
    }
    return sends.length > 1 ? Promise.all(sends) : sends[0];
  }

  /**
   * Sends commands whose workers only compute before the decision is stored, so that work and commit go side by side.
   * Should it not be stored, the work was in vain: nobody takes the answer, which names the input that it is for.
   */
  ahead(run: LiveRun, commands: readonly Command[]): Started {
    const later: Command[] = [];
    const sends: Send[] = [];
    const sent: Promise<void>[] = [];
    for (const command of commands) {
      if (command.kind === 'sendTask' && this.maySendAhead(command)) {
        const { task, attempt } = command;
        const send: Send = { attempt, number: 1, sentAtMs: this.world.clock.ms, undecided: true };
        run.sends.set(task, send);
        sends.push(send);
        sent.push(this.publish(run, command, send, true));
      } else later.push(command);
    }
    return sent.length > 0 ? { later, sends, sent: Promise.all(sent) } : { later, sends };
  }

  private maySendAhead(command: SendTask): boolean {
    const { bus, pace } = this.world;
    return bus.computes(subjectOf(command)) && !pace.isMetered(targetOf(command), false);
  }

  /** What waits its turn is not sent any more. */
  close(): void {
    this.closed = true;
  }

  /** Sends an attempt's command again; nothing when the attempt is over. */
  async resend(run: LiveRun, task: string, number: number): Promise<void> {
    const command = sendOf(run.workflow, run.state, task);
    // The state in memory may be an attempt further than what is stored.
    if (command && command.attempt !== run.sends.get(task)?.attempt) return;
    if (command) return this.send(run, command, number, true);
    for (const open of openCommands(run.workflow, run.state))
      if (open.kind === 'startChild' && open.task === task) this.startChild(run, open, number);
  }

  private carryOutNow(run: LiveRun, command: Exclude<Command, SendTask>): void {
    switch (command.kind) {
      case 'setTimer':
        return this.setTimer(run, command.key, command.dueAt);
      case 'clearTimer':
        run.timers.delete(command.key);
        return;
      case 'cancelTask': {
        const { task: taskId, attempt } = command;
        return this.world.bus.cancel({
          kind: 'cancel',
          runId: run.runId,
          taskId,
          attempt,
          at: this.world.clock.now().toISOString(),
        });
      }
      case 'startChild':
        return this.startChild(run, command, 1);
      case 'seek':
        return this.world.dependencies.seek(run.runId, command.keys);
    }
  }

  private setTimer(run: LiveRun, key: string, dueAt: string): void {
    const due = Date.parse(dueAt);
    run.timers.set(key, due);
    this.wheel.set(run, due);
  }

  /** An answer came: it tells what its worker takes, and makes room for a send that waits. */
  answered({ subject, turn }: Send, answer: TaskAnswer): void {
    const { bus, pace, clock } = this.world;
    if (subject !== undefined) bus.heard(subject, answer);
    if (turn && turn !== 'waiting') pace.answered(turn, isComplaint(answer.outcome), clock.ms);
  }

  /** While its pool recovers it waits its turn, and nobody waits for it. */
  private send(run: LiveRun, command: SendTask, number: number, recovering: boolean): Promise<void> {
    const { task, attempt } = command;
    const { pace, clock } = this.world;
    const send: Send = { attempt, number, sentAtMs: clock.ms };
    run.sends.set(task, send);
    const target = targetOf(command);
    if (!pace.isMetered(target, recovering)) return this.publish(run, command, send);
    send.turn = 'waiting';
    pace.admit(target, clock.ms, (slot) => {
      send.turn = slot;
      send.sentAtMs = clock.ms;
      const over = this.closed || run.sends.get(task) !== send;
      if (over) pace.answered(slot, false, clock.ms);
      else void this.publish(run, command, send);
    });
    return Promise.resolve();
  }

  private publish(run: LiveRun, command: SendTask, send: Send, ahead = false): Promise<void> {
    const at = this.world.clock.now().toISOString();
    const message = commandMessage(
      run,
      this.partition,
      command,
      at,
      ahead ? digestOf(command.input) : undefined,
    );
    send.subject = message.subject;
    if (ahead) send.ahead = message.envelope.id;
    return this.world.bus.send(message, send.number).then(
      (sequence) => void (send.sequence = sequence),
      (error: unknown) => this.unsent(run, command, error),
    );
  }

  private unsent(run: LiveRun, command: SendTask, error: unknown): void {
    const { task, attempt } = command;
    const info = toErrorInfo(error);
    this.world.logger.warn('a command could not be sent', { runId: run.runId, task, attempt, error });
    if (info.retry === 'never') this.refused(run, command, info);
  }

  /** Repeating it is harmless: a run that is there is not started again, and one that has ended reports so again. */
  private startChild(run: LiveRun, command: Command & { kind: 'startChild' }, number: number): void {
    const { child, workflow, version, input, task, attempt } = command;
    run.sends.set(task, { attempt, number, sentAtMs: this.world.clock.ms, child: true });
    const parent = { runId: run.runId, task, attempt };
    const by = { kind: 'run', id: run.runId } as const;
    this.world.router
      .ask({
        kind: 'start',
        runId: child,
        workflow,
        version,
        input: input as Json,
        labels: run.labels,
        by,
        parent,
      })
      .catch((error: unknown) => {
        this.world.logger.warn('a child run could not be started', { runId: run.runId, child, error });
        const info = toErrorInfo(error);
        if (info.retry === 'never')
          this.refused(run, { ...command, kind: 'sendTask', uses: 'workflow', pool: '', deadline: '' }, info);
      });
  }
}

/** Tells inputs apart: 128 bits of SHA-256. */
export const digestOf = (input: unknown): string =>
  hash('sha256', JSON.stringify(input) ?? '', 'base64url').slice(0, 22);

/** The service and pool that recover together. */
const targetOf = ({ uses, pool }: SendTask): string => `${uses.split('.')[0]}.${pool}`;

/** A failure that may pass by waiting: the service, or what it needs, cannot now. */
const isComplaint = (outcome: TaskAnswer['outcome']): boolean =>
  outcome.kind === 'failed' && outcome.error.retry === 'later';
