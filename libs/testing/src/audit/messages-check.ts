import type { MessageNote } from './history.js';
import type { RunModel } from './run-model.js';
import type { Complain } from './violation.js';

/** Every message of the work queues is acknowledged for a reason, buried, pending, or was lost with the whole store. */
export class MessagesCheck {
  private open = new Map<string, MessageNote>();
  /** Commands whose result was published. */
  private readonly answered = new Set<string>();

  published(note: MessageNote): void {
    this.open.set(keyOf(note), note);
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
    if (!run || note.task === undefined)
      return complain('I10', `result ${note.id} of nothing was acknowledged`);
    const { status, attempt } = run.taskOf(note.task);
    const awaited = (status === 'QUEUED' || status === 'RUNNING') && attempt === note.attempt;
    if (awaited && !run.ended && !this.isOpen(note.id))
      complain('I10', `result ${note.id} was acknowledged, its attempt is still ${status}`);
  }

  atTheEnd(pending: ReadonlySet<string>, complain: Complain): void {
    for (const [key, { id }] of this.open)
      if (!pending.has(key)) complain('I10', `message ${id} (${key}) is neither settled nor pending`);
  }

  private isOpen(id: string): boolean {
    return [...this.open.values()].some((other) => other.id === id);
  }
}

const keyOf = ({ stream, sequence, entry }: MessageNote): string =>
  entry === undefined ? `${stream}:${sequence}` : `${stream}:${sequence}:${entry}`;
