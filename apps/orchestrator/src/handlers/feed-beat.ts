/** What nobody waits for is published this long after it was stored, together with what came meanwhile. */
const PATIENCE_MS = 50;
/** However much happens, the feeds publish once in this time: under load their events travel together. */
const GAP_MS = 10;

/** When the feeds of all partitions publish: at the same moment, so that their events share the way. */
export class FeedBeat {
  private readonly asking = new Set<() => void>();
  private last = -Infinity;
  private due = Infinity;
  private timer: NodeJS.Timeout | undefined;

  constructor(private readonly now: () => number) {}

  /** Calls back at the next beat: soon when it is urgent, else after a while. */
  ask(publish: () => void, urgent: boolean): void {
    this.asking.add(publish);
    const now = this.now();
    const due = urgent ? Math.max(now, this.last + GAP_MS) : now + PATIENCE_MS;
    if (due >= this.due) return;
    this.due = due;
    clearTimeout(this.timer);
    if (due > now) this.timer = setTimeout(() => this.beat(), due - now);
    else setImmediate(() => this.beat());
  }

  private beat(): void {
    this.last = this.now();
    this.due = Infinity;
    const asking = [...this.asking];
    this.asking.clear();
    for (const publish of asking) publish();
  }
}
