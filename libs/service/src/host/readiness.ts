const PROBE_EVERY_MS = 2_000;
const PROBE_TIMEOUT_MS = 2_000;

/** Whether an instance can do work, as it was last seen; asking for it starts the next look. */
export class Readiness {
  private ready = true;
  private probedAt = 0;

  constructor(private readonly probe: () => Promise<unknown>) {}

  now(): boolean {
    const now = Date.now();
    if (now - this.probedAt >= PROBE_EVERY_MS) {
      this.probedAt = now;
      void this.look();
    }
    return this.ready;
  }

  private async look(): Promise<void> {
    let late: NodeJS.Timeout | undefined;
    const timeout = new Promise<boolean>((done) => {
      late = setTimeout(() => done(false), PROBE_TIMEOUT_MS);
      late.unref();
    });
    const answered = this.probe().then(
      () => true,
      () => false,
    );
    this.ready = await Promise.race([answered, timeout]);
    clearTimeout(late);
  }
}
