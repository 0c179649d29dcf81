import { setTimeout as sleep } from 'node:timers/promises';
import type { TaskContext } from '@trimtab/service';
import { AppError, toErrorInfo } from '@trimtab/kernel';
import type { Clock } from '@trimtab/kernel';
import type { ActionJournal, ClaimedRecord } from '../domain/action-journal.js';
import { stepBegun, stepDone, stepMade } from '../domain/action-record.js';
import type { ActionRecord } from '../domain/action-record.js';
import type { Judgement } from '../domain/judge-step.js';
import { judgeStep, outputsFound, targetOfStep } from '../domain/judge-step.js';
import type { Site } from '../domain/site.js';
import type { Outputs, Step } from '../domain/step.js';
import { describeStep } from '../domain/step.js';
import type { Patience } from './patience.js';
import { isDefinite, notVerified, StepFailure, unexplained } from './step-failure.js';

/** Sends of one effect at most; each is preceded by proof that the one before had no effect. */
const SENDS = 4;

export interface WalkParts {
  readonly site: Site;
  readonly journal: ActionJournal;
  readonly context: TaskContext;
  readonly patience: Patience;
  readonly clock: Clock;
}

/**
 * Carries out recorded steps one after the other, each at most once: the intent is committed before the effect, and
 * an effect whose outcome is not known is looked for in the live state before it is sent again.
 * Throws `StepFailure` for what ends the action; anything else ends the attempt, and the next one goes on from here.
 */
export class StepWalk {
  constructor(private readonly parts: WalkParts) {}

  /** The record as of the newest save, also after a failure. */
  current: ClaimedRecord | undefined;

  async walk(claimed: ClaimedRecord, steps: readonly Step[]): Promise<ClaimedRecord> {
    this.current = claimed;
    for (const step of steps.slice(claimed.record.progress.position)) await this.step(step);
    return this.here();
  }

  private async step(step: Step): Promise<void> {
    const { begun } = this.here().record.progress;
    const judgement = await this.ready(step, begun);
    if (judgement === 'foreign') throw unexplained(step, begun);
    const detail =
      judgement === 'pending'
        ? undefined
        : begun
          ? 'found in effect after an interruption'
          : 'was so already';
    if (judgement === 'pending') await this.perform(step);
    await this.until(step, (now) => now === 'done');
    const entry = { name: describeStep(step), at: this.parts.clock.now().toISOString() };
    await this.save((record) => stepDone(record, detail === undefined ? entry : { ...entry, detail }));
  }

  /** Waits while something else is under way; a step that may have been sent gets time to show. */
  private async ready(step: Step, begun: boolean): Promise<Judgement> {
    const judgement = await this.until(step, (now) => now !== 'blocked');
    return begun && judgement === 'pending' ? this.settled(step) : judgement;
  }

  private async perform(step: Step): Promise<void> {
    await this.save(stepBegun);
    for (let send = 1; ; send += 1) {
      await this.parts.context.assertCurrent();
      try {
        const outputs = await this.parts.site.perform(step);
        if (Object.keys(outputs).length > 0) await this.save((record) => stepMade(record, outputs));
        return;
      } catch (error) {
        if (await this.happened(step, error)) return;
        if (send >= SENDS || (error as AppError).retry === 'never') throw new StepFailure(toErrorInfo(error));
        await this.pause(this.parts.patience.pollMs * 2 ** send);
      }
    }
  }

  /** Whether the effect is there in spite of the error. */
  private async happened(step: Step, error: unknown): Promise<boolean> {
    if (!(error instanceof AppError) || !error.code.startsWith('cloud.')) throw error;
    const judgement = isDefinite(error) ? await this.look(step) : await this.settled(step);
    if (judgement === 'done' || judgement === 'under-way') return true;
    if (judgement === 'pending' || isDefinite(error)) return false;
    throw unexplained(step, true, error);
  }

  /** The last look begins after the end of the time: what a look that took long did not see may be there by then. */
  private async settled(step: Step): Promise<Judgement> {
    const until = performance.now() + this.parts.patience.settleMs;
    for (;;) {
      const isLast = performance.now() >= until;
      const judgement = await this.look(step);
      if (judgement !== 'pending' || isLast) return judgement;
      await this.pause(this.parts.patience.pollMs);
    }
  }

  private async until(step: Step, fits: (judgement: Judgement) => boolean): Promise<Judgement> {
    const giveUpAt = performance.now() + this.parts.patience.waitMs;
    for (;;) {
      const isLast = performance.now() >= giveUpAt;
      const judgement = await this.look(step);
      if (fits(judgement)) return judgement;
      if (judgement === 'foreign') throw unexplained(step, this.here().record.progress.begun);
      if (isLast) throw notVerified(step, judgement);
      await this.pause(this.parts.patience.pollMs);
    }
  }

  private async look(step: Step): Promise<Judgement> {
    const live = await this.parts.site.read(targetOfStep(step, this.outputs()));
    const found = outputsFound(step, live);
    const isNew = Object.keys(found).some((name) => this.outputs()[name] !== found[name]);
    if (isNew) await this.save((record) => stepMade(record, found));
    return judgeStep(step, live);
  }

  private outputs(): Outputs {
    return this.here().record.progress.outputs;
  }

  private async save(change: (record: ActionRecord) => ActionRecord): Promise<void> {
    const { record, claim } = this.here();
    const next = { record: change(record), claim };
    await this.parts.journal.save(next);
    this.current = next;
  }

  private here(): ClaimedRecord {
    if (!this.current) throw new Error('walk() gives the record first');
    return this.current;
  }

  private pause(ms: number): Promise<void> {
    return pause(ms, this.parts.context.signal);
  }
}

/** Throws `execution.interrupted` (later): the next attempt goes on from what is recorded. */
export async function pause(ms: number, signal: AbortSignal): Promise<void> {
  try {
    await sleep(ms, undefined, { signal });
  } catch (cause) {
    throw interrupted(cause);
  }
}

export const interrupted = (cause?: unknown): AppError =>
  new AppError(
    'execution.interrupted',
    'The service stops or the time is up: the next attempt goes on from here.',
    {
      retry: 'later',
      cause,
    },
  );
