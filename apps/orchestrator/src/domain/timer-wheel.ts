const TICK_MS = 25;

/** What can be woken: knows the slot of the wheel it sits in. */
export interface Sleeper {
  wakeSlot?: number;
}

/** Wake-up calls in slots of 25 ms; setting, moving and cancelling cost the same however many there are. */
export class TimerWheel<Item extends Sleeper> {
  private readonly slots = new Map<number, Set<Item>>();
  private turned: number;

  constructor(nowMs: number) {
    this.turned = slotOf(nowMs) - 1;
  }

  /** Wakes an item at `dueMs` at the earliest call then made; an earlier call set before stays. */
  set(item: Item, dueMs: number): void {
    const slot = Math.max(slotOf(dueMs), this.turned + 1);
    if (item.wakeSlot !== undefined && item.wakeSlot <= slot) return;
    this.cancel(item);
    item.wakeSlot = slot;
    const set = this.slots.get(slot);
    if (set) set.add(item);
    else this.slots.set(slot, new Set([item]));
  }

  cancel(item: Item): void {
    if (item.wakeSlot === undefined) return;
    const set = this.slots.get(item.wakeSlot);
    set?.delete(item);
    if (set?.size === 0) this.slots.delete(item.wakeSlot);
    item.wakeSlot = undefined;
  }

  /** Takes out everything due at `nowMs`. */
  due(nowMs: number): Item[] {
    const until = Math.floor(nowMs / TICK_MS);
    const steps = until - this.turned;
    const slots =
      steps > this.slots.size
        ? [...this.slots.keys()].filter((slot) => slot <= until)
        : range(this.turned + 1, until);
    const found = slots.flatMap((slot) => [...(this.slots.get(slot) ?? [])]);
    for (const slot of slots) this.slots.delete(slot);
    for (const item of found) item.wakeSlot = undefined;
    this.turned = Math.max(this.turned, until);
    return found;
  }
}

const slotOf = (ms: number): number => Math.ceil(ms / TICK_MS);
const range = (from: number, to: number): number[] =>
  Array.from({ length: Math.max(0, to - from + 1) }, (_, i) => from + i);
