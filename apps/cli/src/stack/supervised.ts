import type { Child, ChildOptions } from './child.js';
import { startChild } from './child.js';
import { patienceWith, verdictOn } from './repair.js';
import type { RepairPolicy } from './repair.js';

export interface SupervisedOptions {
  readonly child: () => Omit<ChildOptions, 'onExit'>;
  readonly policy: RepairPolicy;
  /** One line for people. */
  readonly log: (line: string) => void;
  /** It fails again and again, or does so no longer. */
  readonly onTrouble: (trouble: { over: boolean; message: string; failures: number }) => void;
}

/** A process that is kept alive: one that ends is started again, one that does not answer is ended first. */
export class Supervised {
  private child: Child | undefined;
  private failures: readonly number[] = [];
  private troubled = false;
  private stopping = false;
  private starting: Promise<unknown> | undefined;
  private again: NodeJS.Timeout | undefined;
  private probing: NodeJS.Timeout | undefined;
  private silent = 0;
  private readyAt = 0;

  constructor(
    readonly name: string,
    private readonly options: SupervisedOptions,
  ) {}

  /** Undefined while it does not run. */
  get pid(): number | undefined {
    return this.child?.pid;
  }

  /** Resolves with its readiness lines; rejects when it does not come up the first time. */
  start(): Promise<readonly Record<string, unknown>[]> {
    const started = this.spawn();
    this.starting = started.catch(() => undefined);
    return started;
  }

  /** SIGTERM: it finishes what it has in hand. */
  async stop(): Promise<void> {
    this.stopping = true;
    clearTimeout(this.again);
    clearTimeout(this.probing);
    await this.starting;
    await this.child?.stop();
  }

  private async spawn(): Promise<readonly Record<string, unknown>[]> {
    const child = await startChild({ ...this.options.child(), onExit: (code) => this.ended(code) });
    this.child = child;
    this.silent = 0;
    this.readyAt = Date.now();
    if (this.stopping) await child.stop();
    else this.probing = setTimeout(() => void this.probe(child), this.options.policy.probeMs);
    return child.ready;
  }

  private ended(code: number | null): void {
    clearTimeout(this.probing);
    this.child = undefined;
    this.failed(code === null ? 'was killed' : `ended with code ${code}`);
  }

  private failed(how: string): void {
    if (this.stopping) return;
    const { policy, log, onTrouble } = this.options;
    const { recent, delayMs, incident } = verdictOn(this.failures, Date.now(), policy);
    this.failures = recent;
    log(`${this.name} ${how}: starting again in ${delayMs} ms`);
    if (incident) {
      this.troubled = true;
      const message = `The process ${this.name} failed ${recent.length} times (${how}): read its log, or start it elsewhere.`;
      onTrouble({ over: false, message, failures: recent.length });
    }
    this.again = setTimeout(() => {
      this.start().then(
        () => log(`${this.name} runs again (process ${this.pid})`),
        (error: unknown) => this.failed(`did not start (${(error as Error).message})`),
      );
    }, delayMs);
  }

  /** A process whose event loop stands still answers nobody, yet does not end by itself. */
  private async probe(child: Child): Promise<void> {
    const { policy, log } = this.options;
    const askedAt = Date.now();
    this.silent = (await answers(child, policy.probeMs)) ? 0 : this.silent + 1;
    if (this.stopping || this.child !== child) return;
    if (this.silent >= patienceWith(this.failures, Date.now(), policy)) {
      log(`${this.name} (process ${child.pid}) did not answer ${this.silent} times: ending it`);
      return child.kill();
    }
    this.settleTrouble();
    const pause = this.silent === 0 ? policy.probeMs : Math.max(0, policy.probeMs - (Date.now() - askedAt));
    this.probing = setTimeout(() => void this.probe(child), pause);
  }

  private settleTrouble(): void {
    if (!this.troubled || Date.now() - this.readyAt < this.options.policy.stableMs) return;
    this.troubled = false;
    const message = `The process ${this.name} runs again.`;
    this.options.onTrouble({ over: true, message, failures: this.failures.length });
    this.failures = [];
  }
}

/** Whether every service of the process says that it lives. */
async function answers({ ready }: Child, withinMs: number): Promise<boolean> {
  const signal = AbortSignal.timeout(withinMs);
  const asked = ready
    .filter(({ health }) => typeof health === 'string')
    .map(async ({ health }) => {
      const answer = await fetch(`${String(health)}/live`, { signal });
      await answer.body?.cancel();
      return answer.ok;
    });
  const found = await Promise.allSettled(asked);
  return found.every((one) => one.status === 'fulfilled' && one.value);
}
