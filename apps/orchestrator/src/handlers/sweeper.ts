import type { LiveRun, Send } from '../domain/live-run.js';
import type { GivenOut } from '../outbound/held-commands.js';
import { Breath } from './breath.js';
import type { Dispatcher } from './dispatcher.js';
import type { World } from './world.js';

const MAX_LOOKUPS = 500;
/** A result may be on its way when the broker has let go of a command. */
const RESULT_GRACE_MS = 3_000;
const UNCONFIRMED_MS = 5_000;
const MAX_PATIENCE_MS = 300_000;
/** An earlier owner's command is not believed to be held for longer: one that its workers gave up stays for ever. */
const HELD_AT_MOST_MS = 60_000;

/** Commands that are looked at in about a quarter of a millisecond: all partitions do so side by side. */
const SLICE_SENDS = 1_000;
const UNKNOWN: GivenOut = () => Infinity;

/** Finds commands that have no answer and sends again only those that are lost. */
export class Sweeper {
  private lookups = 0;
  /** By subject, the place of the oldest command that the broker holds, as found in this sweep. */
  private readonly oldest = new Map<string, Promise<number | undefined>>();

  constructor(
    private readonly world: World,
    private readonly dispatcher: Dispatcher,
  ) {}

  /** `lost`: the broker's store is another one than before, so that everything in it is gone. */
  async sweep(runs: readonly LiveRun[], lost: boolean): Promise<void> {
    this.lookups = 0;
    this.oldest.clear();
    if (!runs.some(({ sends }) => sends.size > 0)) return;
    const givenOut = lost ? UNKNOWN : await this.world.held.givenOut();
    const quiet = await this.quietOnes(runs, lost, givenOut);
    await Promise.all(
      quiet.map(([run, task, send]) =>
        lost ? this.again(run, task, send, send.number + 1) : this.lookFor(run, task, send),
      ),
    );
  }

  private async quietOnes(
    runs: readonly LiveRun[],
    lost: boolean,
    givenOut: GivenOut,
  ): Promise<(readonly [LiveRun, string, Send])[]> {
    const quiet: (readonly [LiveRun, string, Send])[] = [];
    const breath = new Breath(SLICE_SENDS);
    for (const run of runs) {
      for (const [task, send] of run.sends) {
        if (breath.isDue()) await breath.take();
        if (!mayBeSentAgain(send)) {
          // Looked for later as one that was not confirmed: another message may come to have its place.
          if (lost) delete send.sequence;
        } else if (lost || (this.isQuiet(send) && !this.isInLine(send, givenOut)))
          quiet.push([run, task, send]);
      }
    }
    return quiet;
  }

  private isQuiet(send: Send): boolean {
    const now = this.world.clock.ms;
    const seen = send.seenAt === undefined ? 0 : Date.parse(send.seenAt);
    return now - Math.max(send.sentAtMs, seen) > this.patience(send);
  }

  /** It is behind what workers were given of its queue: as long as that is so, however long, nobody can have lost it. */
  private isInLine(send: Send, givenOut: GivenOut): boolean {
    const place = send.sequence ?? send.sentBefore;
    if (send.subject === undefined || place === undefined || place <= givenOut(send.subject)) return false;
    send.goneSinceMs = undefined;
    // Where exactly it is was never known: the time in which it is believed to be held begins when its turn may have come.
    if (send.sequence === undefined) send.sentAtMs = this.world.clock.ms;
    return true;
  }

  /** A child may take long: its parent asks less and less often. */
  private patience({ child, number, sequence, sentBefore }: Send): number {
    const { resendAfterMs } = this.world;
    if (child) return Math.min(MAX_PATIENCE_MS, resendAfterMs * 2 ** (number - 1));
    if (sentBefore !== undefined) return 0;
    return sequence === undefined ? UNCONFIRMED_MS : resendAfterMs;
  }

  private async lookFor(run: LiveRun, task: string, send: Send): Promise<void> {
    if (this.lookups >= MAX_LOOKUPS) return;
    if (send.child) return this.again(run, task, send, send.number + 1);
    const now = this.world.clock.ms;
    const held = await this.isHeld(send, now);
    if (held === undefined) return this.again(run, task, send, send.number);
    if (held) {
      send.goneSinceMs = undefined;
      return;
    }
    send.goneSinceMs ??= now;
    if (now - send.goneSinceMs >= RESULT_GRACE_MS) await this.again(run, task, send, send.number + 1);
  }

  /** Whether the broker holds the command; undefined when that cannot be told. */
  private async isHeld(
    { sequence, subject, sentBefore, sentAtMs }: Send,
    now: number,
  ): Promise<boolean | undefined> {
    if (sequence !== undefined) {
      this.lookups += 1;
      return this.world.bus.holds(sequence);
    }
    if (subject === undefined || sentBefore === undefined || now - sentAtMs > HELD_AT_MOST_MS)
      return undefined;
    const oldest = this.oldest.get(subject) ?? this.world.held.oldest(subject);
    this.oldest.set(subject, oldest);
    return ((await oldest) ?? Infinity) <= sentBefore;
  }

  private async again(run: LiveRun, task: string, send: Send, number: number): Promise<void> {
    if (run.sends.get(task) !== send) return;
    this.world.logger.info('a command is sent again', {
      runId: run.runId,
      task,
      attempt: send.attempt,
      number,
    });
    await this.dispatcher.resend(run, task, number);
  }
}

/** Neither when it waits its turn, nor before what it follows from is stored. */
const mayBeSentAgain = ({ turn, undecided }: Send): boolean => turn !== 'waiting' && !undecided;
