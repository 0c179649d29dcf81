import { toErrorInfo } from '@trimtab/kernel';
import type { Clock } from '@trimtab/kernel';
import type { Logger } from '@trimtab/observability';
import { gauge } from '@trimtab/observability';
import type { Pool } from 'pg';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Orchestrator } from '../outbound/orchestrator.js';
import { countNext, pruneViews } from '../outbound/analytics-tables.js';

export interface AnalyticsProjectionOptions {
  readonly pool: Pool;
  readonly clock: Clock;
  readonly log: Logger;
  readonly orchestrator: Orchestrator;
  /** The statistics are taken for unavailable when they are further behind. */
  readonly maxLagMs: number;
  readonly keptDays: number;
}

const IDLE_MS = 500;
const FAILED_MS = 1_000;
const WATCH_MS = 1_000;
const PRUNE_MS = 600_000;
const INCIDENT = 'analytics';

/** Keeps the statistics up with the events, and says so to operators when it cannot. */
export class AnalyticsProjection {
  private readonly stopping = new AbortController();
  private done: Promise<unknown> = Promise.resolve();
  /** When everything that there was had been counted. */
  private caughtUpAt = performance.now();
  private failure: unknown;
  /** What operators were told last; at the start nothing, so that an incident of an earlier process ends. */
  private told: boolean | undefined;

  constructor(private readonly options: AnalyticsProjectionOptions) {}

  get lagMs(): number {
    return performance.now() - this.caughtUpAt;
  }

  get available(): boolean {
    return this.lagMs <= this.options.maxLagMs;
  }

  start(): void {
    gauge('trimtab.analytics.lag', () => this.lagMs / 1_000, { unit: 's' });
    this.caughtUpAt = performance.now();
    this.done = Promise.all([this.follow(), this.watch()]);
  }

  async stop(): Promise<void> {
    this.stopping.abort();
    await this.done;
  }

  private async follow(): Promise<void> {
    let prunedAt = -PRUNE_MS;
    while (!this.stopping.signal.aborted) {
      try {
        if (await countNext(this.options.pool)) continue;
        this.caughtUpAt = performance.now();
        this.failure = undefined;
        if (performance.now() - prunedAt > PRUNE_MS) {
          await pruneViews(this.options.pool, this.options.keptDays, this.options.clock.now());
          prunedAt = performance.now();
        }
        await this.pause(IDLE_MS);
      } catch (error) {
        if (this.failure === undefined) this.options.log.warn('statistics cannot be counted now', { error });
        this.failure = error;
        await this.pause(FAILED_MS);
      }
    }
  }

  /** Tells operators once that the statistics are away, and once that they are back. */
  private async watch(): Promise<void> {
    while (!this.stopping.signal.aborted) {
      const { available } = this;
      if (available !== this.told) {
        await this.tell(available).then(
          () => (this.told = available),
          (error: unknown) => this.options.log.debug('operators could not be told', { error }),
        );
      }
      await this.pause(WATCH_MS);
    }
  }

  private async tell(available: boolean): Promise<void> {
    const cause = this.failure === undefined ? '' : ` (${toErrorInfo(this.failure).message})`;
    const behind = Math.round(this.lagMs / 1_000);
    const message = available
      ? 'The statistics are up with the events again.'
      : `The statistics are ${behind} s behind${cause}: basic monitoring answers meanwhile. See the gateway's log; \`trimtab analytics rebuild\` makes them again.`;
    await this.options.orchestrator.ask('report-incident', {
      key: INCIDENT,
      kind: 'analytics.unavailable',
      message,
      details: { lagSeconds: behind },
      over: available,
      actor: 'gateway',
      idempotencyKey: `${INCIDENT}/${behind}`,
    });
  }

  private async pause(ms: number): Promise<void> {
    await sleep(ms, undefined, { signal: this.stopping.signal }).catch(() => undefined);
  }
}
