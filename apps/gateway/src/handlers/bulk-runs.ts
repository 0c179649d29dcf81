import { setTimeout as sleep } from 'node:timers/promises';
import type { BulkPreview, BulkProgress, RunFilter } from '@trimtab/contracts';
import type { BulkVerb } from '@trimtab/contracts';
import { AppError, toErrorInfo } from '@trimtab/kernel';
import type { Clock } from '@trimtab/kernel';
import type { Logger } from '@trimtab/observability';
import type { BulkResult, BulkSelections, BulkWork } from '../outbound/bulk-selections.js';
import type { Orchestrator } from '../outbound/orchestrator.js';

const PER_SECOND = 50;
const TRIES = 4;
const PAUSE_MS = 500;
const AGAIN_MS = 1_000;

/** Changes many runs, one command each, at a limited rate; what a crash interrupts goes on at the next start. */
export class BulkRuns {
  private readonly going = new Map<string, Promise<void>>();
  private readonly stopping = new AbortController();

  constructor(
    private readonly selections: BulkSelections,
    private readonly orchestrator: Orchestrator,
    private readonly clock: Clock,
    private readonly log: Logger,
  ) {}

  preview(verb: BulkVerb, where: RunFilter): Promise<BulkPreview> {
    return this.selections.pin(verb, where, this.clock.now());
  }

  async apply(token: string, actor: string, reason: string | undefined): Promise<BulkProgress> {
    await this.selections.release(token, actor, reason, this.clock.now());
    void this.carryOn(token);
    return this.selections.progress(token);
  }

  progress(token: string): Promise<BulkProgress> {
    return this.selections.progress(token);
  }

  async start(): Promise<void> {
    for (const token of await this.selections.unfinished()) void this.carryOn(token);
  }

  async stop(): Promise<void> {
    this.stopping.abort();
    await Promise.all(this.going.values());
  }

  private carryOn(token: string): Promise<void> {
    const known = this.going.get(token);
    if (known) return known;
    const going = this.untilDone(token).finally(() => this.going.delete(token));
    this.going.set(token, going);
    return going;
  }

  /** While the database is away it waits: what has no result yet is asked again under the same key. */
  private async untilDone(token: string): Promise<void> {
    while (!this.stopping.signal.aborted) {
      try {
        return await this.carryOut(token);
      } catch (error) {
        this.log.warn('a change of many runs was interrupted', { token, error });
        if (error instanceof AppError && error.retry === 'never') return;
        await this.pause(AGAIN_MS);
      }
    }
  }

  private async carryOut(token: string): Promise<void> {
    const work = await this.selections.work(token);
    const open: Promise<void>[] = [];
    for (const runId of work.left) {
      if (this.stopping.signal.aborted) break;
      const one = this.changeAndNote(work, runId);
      one.catch(() => undefined);
      open.push(one);
      await this.pause(1_000 / PER_SECOND);
    }
    // None is in hand any more when it fails: the next try asks only for those without a result.
    await Promise.allSettled(open);
    await Promise.all(open);
    if (!this.stopping.signal.aborted) await this.selections.finish(token);
  }

  private async changeAndNote(work: BulkWork, runId: string): Promise<void> {
    const result = await this.change(work, runId);
    if (result) await this.selections.note(work.token, result);
  }

  /** Undefined when the gateway stops first: then there is no result yet. */
  private async change(work: BulkWork, runId: string): Promise<BulkResult | undefined> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return { runId, ok: true, error: null, ...(await this.ask(work, runId)) };
      } catch (error) {
        const passes = error instanceof AppError && error.retry === 'later' && attempt < TRIES;
        if (passes) await this.pause(PAUSE_MS * attempt);
        if (this.stopping.signal.aborted) return undefined;
        if (!passes) return { runId, ok: false, status: null, as: null, error: toErrorInfo(error) };
      }
    }
  }

  /** Its token is the key: a repetition after a crash finds the first one's answer. */
  private async ask(
    { token, verb, actor, reason }: BulkWork,
    runId: string,
  ): Promise<{ status: string; as: string | null }> {
    const why = { actor, reason: reason ?? undefined, idempotencyKey: token };
    if (verb === 'retry') {
      const { status, runId: as } = await this.orchestrator.ask('restart-run', { runId, ...why });
      return { status, as };
    }
    const { status } = await this.orchestrator.change(`${verb}-run`, runId, why);
    return { status, as: null };
  }

  private async pause(ms: number): Promise<void> {
    await sleep(ms, undefined, { signal: this.stopping.signal }).catch(() => undefined);
  }
}
