import type { MessageNote } from './history.js';
import type { RunModel } from './run-model.js';
import type { Complain } from './violation.js';

/** Id of an answer to a command that was sent before its decision was stored: it names the input. */
const SENT_AHEAD = /#\d+\/[\w-]+\.\d+$/;

/** An answer that changed nothing. */
interface Dropped extends MessageNote {
  readonly task: string;
  readonly run: RunModel;
}

/** Every message of the work queues is acknowledged for a reason, buried, pending, or was lost with the whole store. */
export class MessagesCheck {
  private open = new Map<string, MessageNote>();
  /** Commands whose result was published. */
  private readonly answered = new Set<string>();
  /** Place of the latest command for an attempt. */
  private readonly asked = new Map<string, number>();
  /** Answers that were dropped, by an attempt that has to be commanded anew. */
  private readonly dropped = new Map<string, Dropped>();

  published(note: MessageNote): void {
    this.open.set(keyOf(note), note);
    if (note.stream === 'CMD') this.commanded(note);
    if (note.stream === 'RES') this.answered.add(note.id.slice(0, note.id.lastIndexOf('.')));
  }

  hasAnswered(command: string): boolean {
    return this.answered.has(command);
  }

  gone(note: MessageNote): void {
    this.open.delete(keyOf(note));
  }

  storeDeleted(): void {
    this.open = new Map();
  }

  /** A command may be let go of when its result is stored, or published by a handler that only computes. */
  commandAcked(note: MessageNote, answered: boolean, complain: Complain): void {
    if (!answered) complain('I10', `command ${note.id} was acknowledged without a stored result`);
    this.gone(note);
  }

  /** A result may be let go of when the log no longer waits for it, or when it went on to the owner of its partition. */
  resultAcked(note: MessageNote, run: RunModel | undefined, complain: Complain): void {
    this.gone(note);
    const early = SENT_AHEAD.test(note.id);
    if (!run || note.task === undefined) {
      if (!early) complain('I10', `result ${note.id} of nothing was acknowledged`);
      return;
    }
    if (!run.awaits(note.task, note.attempt) || this.isOpen(note.id)) return;
    if (early) this.inVain({ ...note, task: note.task, run });
    else complain('I10', `result ${note.id} was acknowledged, its attempt is still open`);
  }

  atTheEnd(pending: ReadonlySet<string>, complain: Complain): void {
    for (const { id, task, attempt, run } of this.dropped.values())
      if (run.awaits(task, attempt))
        complain('I10', `result ${id} was acknowledged, and its attempt was not commanded anew`);
    for (const [key, { id }] of this.open)
      if (!pending.has(key)) complain('I10', `message ${id} (${key}) is neither settled nor pending`);
  }

  private commanded(note: MessageNote): void {
    this.asked.set(attemptOf(note), note.sequence);
    this.dropped.delete(attemptOf(note));
  }

  /**
   * What it was the answer to was not decided in the end: what was decided has a command or an answer that is under way,
   * is commanded anew, or is given up.
   */
  private inVain(note: Dropped): void {
    const attempt = attemptOf(note);
    const later = (note.claim ?? 0) < (this.asked.get(attempt) ?? 0);
    const another = [...this.open.values()].some((other) => attemptOf(other) === attempt);
    if (!later && !another) this.dropped.set(attempt, note);
  }

  private isOpen(id: string): boolean {
    return [...this.open.values()].some((other) => other.id === id);
  }
}

const attemptOf = ({ runId, task, attempt }: MessageNote): string => `${runId}/${task}#${attempt}`;

const keyOf = ({ stream, sequence, entry }: MessageNote): string =>
  entry === undefined ? `${stream}:${sequence}` : `${stream}:${sequence}:${entry}`;
