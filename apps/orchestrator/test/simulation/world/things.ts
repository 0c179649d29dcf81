import { Things } from '../../../src/outbound/things.js';
import type { SimProcess } from '../engine/sim-process.js';

/** What tasks require appears after so long. */
const APPEARS_AT_MS = 12_000;

/** The world outside of the runs, asked by calls that can fail like any other. */
export class SimThings extends Things {
  constructor(private readonly process: SimProcess) {
    super();
  }
  override isThere(): Promise<boolean> {
    const { scheduler } = this.process.machine;
    return this.process.call('things', () => scheduler.now >= APPEARS_AT_MS);
  }
  /** The queues of the simulated service are always there. */
  override isOffered(): Promise<boolean> {
    return Promise.resolve(true);
  }
  override takeBack(): Promise<boolean> {
    return Promise.resolve(false);
  }
  override async announce(): Promise<void> {}
}
