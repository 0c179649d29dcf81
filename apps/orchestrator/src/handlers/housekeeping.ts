import type { Logger } from '@trimtab/observability';

/** Work that is done again and again until `stop`; a turn never overlaps the one before it. */
export class Housekeeping {
  private readonly intervals: NodeJS.Timeout[] = [];

  constructor(private readonly logger: Logger) {}

  /** What fails is logged and tried again at the next turn. */
  every(ms: number, work: () => unknown): void {
    let busy = false;
    const turn = async (): Promise<void> => {
      if (busy) return;
      busy = true;
      try {
        await work();
      } catch (error) {
        this.logger.warn('housekeeping failed and will be tried again', { error });
      } finally {
        busy = false;
      }
    };
    this.intervals.push(setInterval(() => void turn(), ms));
  }

  stop(): void {
    for (const interval of this.intervals.splice(0)) clearInterval(interval);
  }
}
