import type { Faults } from './faults.js';
import type { Random } from './random.js';
import type { Owner, Scheduler, Step } from './scheduler.js';

export interface Machine {
  readonly scheduler: Scheduler;
  readonly faults: Faults;
  readonly random: Random;
}

/** Calls of an orchestrator that go to the database. */
const OF_DATABASE = /^(append|lookup|lease|release|sql|log\..*)$/;

/**
 * One operating-system process as the simulation sees it: code that runs in steps of its own and reaches the rest of
 * the world only through `call`. It can die at every call, before and after it took effect, and stop for a while.
 */
export class SimProcess implements Owner {
  dead = false;
  paused = false;
  held: Step[] = [];
  private cutOffUntil = 0;

  constructor(
    readonly name: string,
    readonly machine: Machine,
    private readonly died: (process: SimProcess, point: string) => void,
  ) {}

  get alive(): boolean {
    return !this.dead;
  }

  /** A round trip: `perform` happens at the other side, at one instant; what it gives arrives later, if at all. */
  call<Value>(point: string, perform: () => Value | Promise<Value>): Promise<Value> {
    const { scheduler, faults } = this.machine;
    if (this.dies('crashBefore', `${point}:before`)) return new Promise(() => undefined);
    return new Promise<Value>((resolve, reject) => {
      const answer = (settle: () => void): void => {
        if (!this.dies('crashAfter', `${point}:after`)) scheduler.after(faults.latency(), this, settle);
      };
      const depart = (): Step =>
        scheduler.after(this.wayTo(point), undefined, async () => {
          try {
            const value = await perform();
            answer(() => resolve(value));
          } catch (error) {
            answer(() => reject(error as Error));
          }
        });
      if (this.stops()) scheduler.after(0, this, depart);
      else depart();
    });
  }

  /** One way: nobody hears whether it arrived. */
  send(point: string, perform: () => void): void {
    if (this.dies('crashBefore', `${point}:before`)) return;
    this.machine.scheduler.after(this.machine.faults.latency(), undefined, perform);
  }

  /** Starts something in this process. */
  enter(work: () => unknown, delay = 0): Step {
    return this.machine.scheduler.after(delay, this, work);
  }

  kill(point: string): void {
    if (this.dead) return;
    this.dead = true;
    this.held = [];
    this.died(this, point);
  }

  pause(forMs: number): void {
    if (this.paused || this.dead) return;
    this.paused = true;
    this.machine.scheduler.after(forMs, undefined, () => {
      this.paused = false;
      this.machine.scheduler.release(this);
    });
  }

  /** What the process says to the database arrives so much later. */
  cutOff(forMs: number): void {
    this.cutOffUntil = this.machine.scheduler.now + forMs;
  }

  private wayTo(point: string): number {
    const { scheduler, faults } = this.machine;
    const cut = OF_DATABASE.test(point) ? this.cutOffUntil - scheduler.now : 0;
    return Math.max(0, cut) + faults.latency();
  }

  private dies(fault: 'crashBefore' | 'crashAfter', point: string): boolean {
    if (!this.dead && this.machine.faults.roll(fault)) this.kill(point);
    return this.dead;
  }

  /** Whether the process stops before the call leaves it, or just after. */
  private stops(): boolean {
    const { faults, random } = this.machine;
    if (!faults.roll('pause')) return false;
    this.pause(random.integer(5_000, 45_000));
    return random.chance(0.5);
  }
}
