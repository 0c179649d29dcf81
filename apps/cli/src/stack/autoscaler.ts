import type { StackSettings } from '@trimtab/contracts';
import type { Fleet } from './fleet.js';
import { nextSize } from './scaling.js';
import type { ScaleHint, StackBus } from './stack-bus.js';
import { scaledEvent } from './stack-bus.js';

const POOL = 'default';

export interface AutoscalerOptions {
  readonly fleet: Fleet;
  readonly bus: StackBus;
  readonly settings: StackSettings['scaling'];
  /** Services of this stack; hints about others are for others. */
  readonly services: readonly string[];
  readonly log: (line: string) => void;
}

/** Starts and stops worker processes as the orchestrator's hints say, within the limits of the configuration. */
export class Autoscaler {
  private readonly changedAt = new Map<string, number>();
  private readonly busy = new Set<string>();
  private stopped = false;

  constructor(private readonly options: AutoscalerOptions) {}

  start(): Promise<void> {
    return this.options.bus.hints((hint) => void this.follow(hint));
  }

  stop(): void {
    this.stopped = true;
  }

  /** One change of a service at a time; a hint that comes meanwhile will come again. */
  private async follow({ service, pool, desiredWorkers, reason }: ScaleHint): Promise<void> {
    const { fleet, services, log } = this.options;
    const mine = pool === POOL && services.includes(service) && service !== 'gateway';
    if (this.stopped || !mine || this.busy.has(service)) return;
    const from = fleet.sizeOf(service);
    const to = this.wanted(service, from, desiredWorkers);
    if (to === undefined) return;
    this.busy.add(service);
    log(`${service}: ${from} → ${to} workers (${reason})`);
    try {
      await fleet.scale(service, to);
      this.changedAt.set(service, Date.now());
      await this.options.bus.publish(scaledEvent(service, from, to, reason));
    } catch (error) {
      log(`${service} could not be scaled to ${to} workers: ${(error as Error).message}`);
    } finally {
      this.busy.delete(service);
    }
  }

  private wanted(service: string, workers: number, desired: number): number | undefined {
    const { workers: limits, defaultMax, coolDownSeconds } = this.options.settings;
    const size = { workers, changedAtMs: this.changedAt.get(service) ?? -Infinity };
    const between = limits[service] ?? { min: 1, max: defaultMax };
    return nextSize(desired, size, between, coolDownSeconds * 1_000, Date.now());
  }
}
