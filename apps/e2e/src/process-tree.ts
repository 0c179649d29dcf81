import { readFileSync, readdirSync } from 'node:fs';

interface Entry {
  readonly pid: number;
  readonly parent: number;
  readonly startTime: string;
  readonly command: string;
}

/** Watches a process and everything below it, from /proc (Linux). */
export class ProcessTree {
  private readonly seen = new Map<number, Entry>();
  private readonly timer: NodeJS.Timeout;
  private peak = 0;

  constructor(
    private readonly root: number,
    everyMs = 500,
  ) {
    this.timer = setInterval(() => this.look(), everyMs);
  }

  /** Largest sum of proportional memory (PSS) of the tree so far, in bytes. */
  get peakBytes(): number {
    return this.peak;
  }

  get size(): number {
    return this.seen.size;
  }

  /** Ends the watch; returns the commands of processes that were seen and still run. */
  survivors(): string[] {
    clearInterval(this.timer);
    return [...this.seen.values()].filter(isAlive).map(({ pid, command }) => `${pid} ${command}`);
  }

  private look(): void {
    const below = descendants(this.root);
    for (const entry of below) this.seen.set(entry.pid, entry);
    this.peak = Math.max(
      this.peak,
      below.reduce((sum, { pid }) => sum + pssOf(pid), 0),
    );
  }
}

function descendants(root: number): Entry[] {
  const all = processes();
  const found = all.filter(({ pid }) => pid === root);
  for (let i = 0; i < found.length; i += 1)
    found.push(...all.filter(({ parent }) => parent === found[i]?.pid));
  return found;
}

const processes = (): Entry[] =>
  readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => entryOf(Number(name)) ?? []);

function entryOf(pid: number): Entry | undefined {
  const stat = read(`/proc/${pid}/stat`);
  if (stat === undefined) return undefined;
  // The command stands in parentheses and may hold anything; after it: state, parent, … 20th: start time.
  const rest = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  if (rest[0] === 'Z') return undefined;
  const command = (read(`/proc/${pid}/cmdline`) ?? '').replaceAll('\0', ' ').trim();
  return { pid, parent: Number(rest[1]), startTime: rest[19] ?? '', command };
}

const isAlive = ({ pid, startTime }: Entry): boolean => entryOf(pid)?.startTime === startTime;

const pssOf = (pid: number): number =>
  Number(/^Pss:\s+(\d+) kB/m.exec(read(`/proc/${pid}/smaps_rollup`) ?? '')?.[1] ?? 0) * 1024;

function read(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}
