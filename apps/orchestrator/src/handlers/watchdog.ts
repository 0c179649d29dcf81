import { toErrorInfo } from '@trimtab/kernel';
import { childrenOf, doubtsOf } from '../domain/reason-to-wait.js';
import type { ChildStatus, Doubt } from '../domain/reason-to-wait.js';
import type { OpenRun } from '../outbound/open-runs.js';
import { Breath } from './breath.js';
import { tellParent } from './parents.js';
import type { PartitionRuns } from './partition-runs.js';
import type { World } from './world.js';

const PAGE = 500;
const OVERDUE_MS = 60_000;
const REPAIRS_AT_ONCE = 8;
/** Tasks that are looked at in about a quarter of a millisecond. */
const SLICE_TASKS = 500;
const WATCHED = new Set(['run.stuck', 'run.unreadable']);

interface Suspicion {
  /** The version on which it stood still. */
  readonly version: number;
  readonly sinceMs: number;
  readonly doubts: readonly Doubt[];
}

/** Proves that every open run of a partition has a live reason to wait; what has none is repaired and reported. */
export class Watchdog {
  private readonly suspicions = new Map<string, Suspicion>();
  private stopped = false;

  constructor(
    private readonly world: World,
    private readonly runs: PartitionRuns,
  ) {}

  stop(): void {
    this.stopped = true;
  }

  async look(): Promise<void> {
    const doubted = await this.doubted();
    for (const runId of this.suspicions.keys()) if (!doubted.has(runId)) this.suspicions.delete(runId);
    const stuck = [...doubted].filter(([runId, found]) => this.isStuck(runId, found));
    for (let i = 0; i < stuck.length && !this.stopped; i += REPAIRS_AT_ONCE) {
      const some = stuck.slice(i, i + REPAIRS_AT_ONCE);
      await Promise.all(some.map(([runId, { doubts }]) => this.repair(runId, doubts)));
    }
    await this.resolve(doubted);
  }

  /** Open runs with something that nothing will move, as it looks now. */
  private async doubted(): Promise<Map<string, Omit<Suspicion, 'sinceMs'>>> {
    const doubted = new Map<string, Omit<Suspicion, 'sinceMs'>>();
    const rows = await this.openRows();
    const live = this.runs.memory.all();
    const waited = [...live.map(({ state }) => childrenOf(state)), ...rows.map((row) => row.children)];
    const children = await this.statusOf(waited.flat());
    const breath = new Breath(SLICE_TASKS);
    for (const run of live) {
      if (breath.isDue(run.state.active.size)) await breath.take();
      const doubts = doubtsOf(run, children, this.world.clock.ms);
      if (doubts.length > 0) doubted.set(run.runId, { version: run.state.version, doubts });
    }
    for (const row of rows) {
      const doubt = this.runs.memory.get(row.run) ? undefined : absence(row, children);
      if (doubt) doubted.set(row.run, { version: row.version, doubts: [doubt] });
    }
    return doubted;
  }

  private async openRows(): Promise<OpenRun[]> {
    const rows: OpenRun[] = [];
    for (let after = ''; !this.stopped;) {
      const page = await this.world.openRuns.in(this.runs.lease.partition, after, PAGE);
      rows.push(...page);
      after = page.at(-1)?.run ?? '';
      if (page.length < PAGE) break;
    }
    return rows;
  }

  private async statusOf(children: readonly string[]): Promise<Map<string, ChildStatus>> {
    const ended = await this.world.openRuns.ended(children);
    const statusOf = (child: string): ChildStatus =>
      ended.has(child) ? (ended.get(child) ? 'ended' : 'open') : 'absent';
    return new Map(children.map((child) => [child, statusOf(child)]));
  }

  /** Standing still for a moment is not being stuck: only what is doubted on the same version for long enough is. */
  private isStuck(runId: string, { version, doubts }: Omit<Suspicion, 'sinceMs'>): boolean {
    const now = this.world.clock.ms;
    const before = this.suspicions.get(runId);
    const sinceMs = before?.version === version ? before.sinceMs : now;
    this.suspicions.set(runId, { version, sinceMs, doubts });
    return now - sinceMs >= this.world.stuckAfterMs;
  }

  private async repair(runId: string, doubts: readonly Doubt[]): Promise<void> {
    const { partition } = this.runs.lease;
    const key = `run/${runId}`;
    const details = { doubts };
    const why = doubts.map((doubt) => (doubt.task === undefined ? doubt.why : `${doubt.task}: ${doubt.why}`));
    this.world.logger.warn('a run has no reason to wait and is repaired', { runId, doubts });
    try {
      const found = await this.runs.repair(runId);
      const live = this.runs.memory.get(runId);
      const children = live ? await this.statusOf(childrenOf(live.state)) : new Map<string, ChildStatus>();
      for (const [child, status] of children) if (status === 'ended') void tellParent(this.world, child);
      if (!found) throw new Error('its events are not there');
      const message = `Run ${runId} stood still (${why.join('; ')}) and was loaded again: see whether it goes on.`;
      await this.world.incidents.raise({ key, kind: 'run.stuck', partition, runId, message, details }, true);
    } catch (error) {
      const { message: cause } = toErrorInfo(error);
      const message = `Run ${runId} cannot be loaded (${cause}): restore its events, or terminate it.`;
      await this.world.incidents.raise(
        { key, kind: 'run.unreadable', partition, runId, message, details },
        true,
      );
    }
  }

  /** What is not doubted any more has been put right, by the repair or by somebody. */
  private async resolve(doubted: ReadonlyMap<string, unknown>): Promise<void> {
    for (const { id, runId, kind } of await this.world.incidents.openIn(this.runs.lease.partition)) {
      if (!WATCHED.has(kind) || doubted.has(runId)) continue;
      await this.world.incidents.resolve(id, 'watchdog', 'The run has ended, or has a reason to wait again.');
    }
  }
}

/** Why a run that is not in memory will not come back by itself. */
function absence(row: OpenRun, known: ReadonlyMap<string, ChildStatus>): Doubt | undefined {
  const { status, passive, overdueMs, children } = row;
  if (!passive) return { why: 'it is open and nobody has it in memory' };
  if (overdueMs === null) return status === 'RUNNING' ? { why: 'it rests and no timer wakes it' } : undefined;
  if (status === 'RUNNING' && children.some((child) => known.get(child) !== 'open'))
    return { why: 'it rests and waits for a child run that does not go on' };
  return overdueMs > OVERDUE_MS ? { why: 'it rests and was not woken when its timer was due' } : undefined;
}
