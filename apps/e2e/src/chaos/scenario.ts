import { setTimeout as sleep } from 'node:timers/promises';
import type { SeededRandom } from '../random.js';
import { seededRandom } from '../random.js';
import type { EngineOptions } from './stack/engine.js';
import { Engine } from './stack/engine.js';
import { violationsOf } from './stack/evidence.js';

/** What was measured: small numbers and words, by name. */
export type Figures = Readonly<Record<string, number | string | boolean>>;

/** `short` for `npm test`: the same fault, fewer or smaller. */
export type Form = 'short' | 'long';

export interface Scenario {
  /** Number in the catalogue of faults. */
  readonly fault: number;
  /** What is done. */
  readonly title: string;
  /** What must come of it, besides all invariants. */
  readonly promise: string;
  run(context: ChaosContext): Promise<Figures>;
}

/** What a scenario works with. Everything that it starts is audited, then disposed of. */
export class ChaosContext {
  readonly random: SeededRandom;
  /** Promises that were not kept, in words. */
  readonly broken: string[] = [];
  private readonly engines: Engine[] = [];
  private readonly closers: (() => Promise<void>)[] = [];

  constructor(
    readonly seed: number,
    readonly form: Form,
  ) {
    this.random = seededRandom(seed);
  }

  /** `short` in the short form, else `long`. */
  of<T>(short: T, long: T): T {
    return this.form === 'short' ? short : long;
  }

  async engine(options: EngineOptions = {}): Promise<Engine> {
    const engine = await Engine.start(options);
    this.engines.push(engine);
    return engine;
  }

  /** Something else to end when the scenario is over. */
  later(close: () => Promise<void>): void {
    this.closers.push(close);
  }

  /** Notes a broken promise unless it holds. */
  expect(holds: boolean, otherwise: string): void {
    if (!holds) this.broken.push(otherwise);
  }

  /** All runs must come to what they would have come to without the fault. */
  async expectEnds(engine: Engine, timeoutMs?: number): Promise<void> {
    this.broken.push(...(await engine.wrongEnds(engine.started, timeoutMs)));
  }

  /** All invariants, from what is stored. */
  async audit(): Promise<void> {
    for (const engine of this.engines)
      for (const { invariant, text } of await violationsOf(engine)) this.broken.push(`${invariant}: ${text}`);
  }

  async dispose(): Promise<void> {
    for (const engine of this.engines.splice(0)) await engine.dispose();
    for (const close of this.closers.splice(0).reverse()) await close();
  }

  /** What the processes said, for whoever looks for a cause. */
  logs(): string {
    return this.engines.map((engine) => engine.logs()).join('\n');
  }
}

/** What comes of `work`, or an error that says `otherwise` when it has not come in time. */
export async function within<T>(ms: number, work: Promise<T>, otherwise: string): Promise<T> {
  const late = sleep(ms, undefined, { ref: false }).then(() => {
    throw new Error(otherwise);
  });
  return Promise.race([work, late]);
}
