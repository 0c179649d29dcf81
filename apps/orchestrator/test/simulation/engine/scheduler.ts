/** What a step belongs to: it is dropped when its owner is dead and put off while its owner is paused. */
export interface Owner {
  readonly dead: boolean;
  readonly paused: boolean;
  held: Step[];
}

export interface Step {
  readonly at: number;
  readonly order: number;
  readonly owner: Owner | undefined;
  readonly work: () => unknown;
  cancelled: boolean;
}

/** Resolves when every promise reaction that is due now has run: next ticks run when the microtasks are used up. */
const quiescence = (): Promise<void> => new Promise((done) => process.nextTick(done));

/** One thread, one virtual clock (milliseconds): takes steps in the order of their time, ties in the order they were made. */
export class Scheduler {
  now = 0;
  steps = 0;
  /** Owner of the step that runs now; every timer that is set meanwhile is its. */
  current: Owner | undefined;
  private made = 0;
  private readonly heap: Step[] = [];

  after(delay: number, owner: Owner | undefined, work: () => unknown): Step {
    const step = {
      at: this.now + Math.max(0, delay),
      order: (this.made += 1),
      owner,
      work,
      cancelled: false,
    };
    this.push(step);
    return step;
  }

  /** Runs until the given instant, until `done` says so, or until there is nothing left to do. */
  async run(until: number, done: () => boolean): Promise<void> {
    while (!done()) {
      const step = this.pop();
      if (!step || step.at > until) return;
      this.now = Math.max(this.now, step.at);
      if (step.cancelled || step.owner?.dead) continue;
      if (step.owner?.paused) {
        step.owner.held.push(step);
        continue;
      }
      await this.take(step);
    }
  }

  /** A paused owner goes on: what it missed happens now, in order. */
  release(owner: Owner): void {
    for (const step of owner.held.splice(0)) {
      if (!step.cancelled) this.after(0, owner, () => (step.cancelled ? undefined : step.work()));
    }
  }

  private async take(step: Step): Promise<void> {
    this.steps += 1;
    this.current = step.owner;
    step.work();
    await quiescence();
    this.current = undefined;
  }

  private push(step: Step): void {
    const { heap } = this;
    let i = heap.length;
    heap.push(step);
    while (i > 0) {
      const parent = (i - 1) >> 1;
      if (!earlier(step, heap[parent]!)) break;
      heap[i] = heap[parent]!;
      i = parent;
    }
    heap[i] = step;
  }

  private pop(): Step | undefined {
    const { heap } = this;
    const [first] = heap;
    const last = heap.pop();
    if (!first || !last || heap.length === 0) return first;
    let i = 0;
    for (;;) {
      let child = 2 * i + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && earlier(heap[child + 1]!, heap[child]!)) child += 1;
      if (!earlier(heap[child]!, last)) break;
      heap[i] = heap[child]!;
      i = child;
    }
    heap[i] = last;
    return first;
  }
}

const earlier = (a: Step, b: Step): boolean => a.at < b.at || (a.at === b.at && a.order < b.order);
