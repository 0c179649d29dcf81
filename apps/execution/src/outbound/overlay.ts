import { AppError } from '@trimtab/kernel';

/**
 * Predictions about resources of one kind over their live state: what was predicted is answered, everything else is
 * read. Nothing is ever sent.
 */
export class Overlay<T extends object> {
  private readonly predicted = new Map<string, T | undefined>();

  constructor(private readonly live: (id: string) => Promise<T | undefined>) {}

  async read(id: string): Promise<T | undefined> {
    return this.predicted.has(id) ? this.predicted.get(id) : this.live(id);
  }

  /** Throws `cloud.not-found` as the cloud does for an effect on what is not there. */
  async change(id: string, change: (before: T) => T | undefined): Promise<void> {
    const before = await this.read(id);
    if (before === undefined)
      throw new AppError('cloud.not-found', `${id} does not exist.`, { details: { id } });
    this.predicted.set(id, change(before));
  }

  add(id: string, made: T): void {
    this.predicted.set(id, made);
  }

  /** What the predictions made or changed and did not remove. */
  made(): T[] {
    return [...this.predicted.values()].filter((one): one is T & NonNullable<T> => one !== undefined);
  }

  /** Whether a prediction speaks of it, also of its end. */
  knows(id: string): boolean {
    return this.predicted.has(id);
  }
}

/** What of a change was given. */
export const definedOf = <T extends object>(change: T): Partial<T> =>
  Object.fromEntries(Object.entries(change).filter(([, value]) => value !== undefined)) as Partial<T>;
