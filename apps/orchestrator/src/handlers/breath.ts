/** Keeps one long piece of work from holding up everything else. */
export class Breath {
  private done = 0;

  /** `every`: so many units of work take less than a millisecond. */
  constructor(private readonly every: number) {}

  /** Counts work that was done; true when it is time to `take` a breath. */
  isDue(units = 1): boolean {
    this.done += units;
    if (this.done < this.every) return false;
    this.done = 0;
    return true;
  }

  async take(): Promise<void> {
    await new Promise<void>((go) => setImmediate(go));
  }
}
