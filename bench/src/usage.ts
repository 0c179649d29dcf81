import { readdirSync, readFileSync } from 'node:fs';

/** Linux counts processor time in hundredths of a second, whatever the kernel's own clock. */
const TICKS_PER_SECOND = 100;

interface Stat {
  readonly parent: number;
  /** Seconds of processor time, with those of children that have ended. */
  readonly cpuSeconds: number;
}

/** Processor seconds that a process has used so far, user and system, with those of its descendants (Linux). */
export function cpuSeconds(pid: number): number {
  const all = readAll();
  const total = (id: number): number => {
    let sum = all.get(id)?.cpuSeconds ?? 0;
    for (const [child, { parent }] of all) if (parent === id) sum += total(child);
    return sum;
  };
  return total(pid);
}

/** Memory of one process in MB, pages that it shares counted by share (PSS, Linux). */
export function memoryMb(pid: number): number {
  const text = readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8');
  return Number(/^Pss:\s+(\d+) kB/m.exec(text)?.[1] ?? Number.NaN) / 1024;
}

function readAll(): Map<number, Stat> {
  const all = new Map<number, Stat>();
  for (const name of readdirSync('/proc')) {
    const stat = /^\d+$/.test(name) ? readStat(name) : undefined;
    if (stat) all.set(Number(name), stat);
  }
  return all;
}

/** Undefined when it has ended in the meantime. See proc(5): fields 4 and 14 to 17. */
function readStat(pid: string): Stat | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = text
      .slice(text.lastIndexOf(')') + 2)
      .split(' ')
      .map(Number);
    const ticks = fields.slice(11, 15).reduce((sum, value) => sum + value, 0);
    return { parent: fields[1] ?? 0, cpuSeconds: ticks / TICKS_PER_SECOND };
  } catch {
    return undefined;
  }
}
