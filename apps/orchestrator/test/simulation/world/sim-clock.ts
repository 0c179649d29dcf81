import { DatabaseClock } from '../../../src/outbound/run-clock.js';
import { RunSpans } from '../../../src/outbound/run-spans.js';

export class SimClock extends DatabaseClock {
  constructor(private readonly source: () => number) {
    super(() => Promise.resolve(new Date(source())));
  }
  override get ms(): number {
    return this.source();
  }
}

export class NoSpans extends RunSpans {
  override record(): void {}
}
