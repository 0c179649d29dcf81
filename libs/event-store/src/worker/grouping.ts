import { isRefused } from '../sql/connection.js';

interface Waiting<Item, Result> {
  readonly item: Item;
  readonly resolve: (result: Result) => void;
  readonly reject: (error: unknown) => void;
}

/** What became of one item of a group. */
export type Outcome<Result> = { readonly result: Result } | { readonly error: unknown };

/**
 * Does many small things at once: what is asked for while the last group is in flight goes into the next one. Load sets
 * the size; no timer. Content that Postgres refuses takes nobody along: then each item is tried alone.
 */
export class Grouping<Item, Result> {
  private waiting: Waiting<Item, Result>[] = [];
  private running: Promise<void> | undefined;

  constructor(
    private readonly work: (items: readonly Item[]) => Promise<readonly Outcome<Result>[]>,
    private readonly options: {
      readonly most: number;
      /** Items of equal keys never share a group. */ readonly keyOf: (item: Item) => string;
    },
  ) {}

  run(item: Item): Promise<Result> {
    return new Promise<Result>((resolve, reject) => {
      this.waiting.push({ item, resolve, reject });
      this.running ??= this.drain();
    });
  }

  private async drain(): Promise<void> {
    await Promise.resolve();
    while (this.waiting.length > 0) await this.settle(this.take());
    this.running = undefined;
  }

  private take(): Waiting<Item, Result>[] {
    const keys = new Set<string>();
    const [group, rest]: Waiting<Item, Result>[][] = [[], []];
    for (const one of this.waiting) {
      const key = this.options.keyOf(one.item);
      const fits = group!.length < this.options.most && !keys.has(key);
      (fits ? group! : rest!).push(one);
      keys.add(key);
    }
    this.waiting = rest!;
    return group!;
  }

  private async settle(group: readonly Waiting<Item, Result>[]): Promise<void> {
    try {
      const outcomes = await this.work(group.map(({ item }) => item));
      group.forEach(({ resolve, reject }, i) => {
        const outcome = outcomes[i] as Outcome<Result>;
        if ('error' in outcome) reject(outcome.error);
        else resolve(outcome.result);
      });
    } catch (error) {
      if (group.length > 1 && isRefused(error)) for (const one of group) await this.settle([one]);
      else for (const { reject } of group) reject(error);
    }
  }
}
