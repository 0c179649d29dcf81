import { partsOfKey } from '@trimtab/workflow';
import type { TaskState } from '@trimtab/workflow';
import type { LiveRun, Send } from '../domain/live-run.js';
import type { BareInput } from '../domain/people.js';
import { attemptKey } from '../domain/trace.js';
import type { Things } from '../outbound/things.js';
import { Breath } from './breath.js';
import type { OwnedPartition } from './owned-partition.js';
import type { World } from './world.js';

/** A command without a sign of life for so long may have nobody to take it. */
const UNHEARD_MS = 2_000;
/** Tasks that are looked at in about a quarter of a millisecond. */
const SLICE_TASKS = 500;

/** Asks whether what tasks wait for is there, and tells their runs. */
export class Dependencies {
  constructor(
    private readonly things: Things,
    private readonly world: () => Pick<World, 'router' | 'clock' | 'logger'>,
  ) {}

  /** Looks for each key; the run hears of those that are there. */
  seek(runId: string, keys: readonly string[]): void {
    for (const key of keys) void this.seekOne(key, [runId]);
  }

  /** Everything that live runs wait for, each key once; and commands that nobody can take. */
  async look(owned: Iterable<OwnedPartition>): Promise<void> {
    const waiting = new Map<string, Set<string>>();
    const offers = new Map<string, boolean>();
    const breath = new Breath(SLICE_TASKS);
    for (const { runs } of owned) {
      for (const run of runs.memory.all()) {
        if (breath.isDue(run.state.active.size)) await breath.take();
        for (const key of missingOf(run)) waiting.set(key, (waiting.get(key) ?? new Set()).add(run.runId));
        await this.blockUnheard(run, offers);
      }
    }
    for (const [key, runs] of waiting) await this.seekOne(key, [...runs]);
  }

  /**
   * A command that nobody can take is taken back, so that it is not worked on twice when a service comes. `offers`: what
   * is known in this look, so that each type is asked for once, however long its queue is.
   */
  private async blockUnheard(run: LiveRun, offers: Map<string, boolean>): Promise<void> {
    const nowMs = this.world().clock.ms;
    for (const [task, send] of run.sends) {
      if (!isUnheard(send, nowMs)) continue;
      const state = run.state.tasks.get(task);
      const uses = usesOf(run, task);
      if (state?.status !== 'QUEUED' || uses === undefined) continue;
      const offer = `${uses} ${state.pool}`;
      const offered = offers.get(offer) ?? (await this.things.isOffered(uses, state.pool));
      offers.set(offer, offered);
      const { attempt, sequence = 0 } = send;
      if (offered || !(await this.things.takeBack(sequence, `${run.runId}/${attemptKey(task, attempt)}`)))
        continue;
      const input = { kind: 'dependencyMissing', task, attempt, key: `service:${uses}` } as const;
      await this.tell(run.runId, input);
    }
  }

  private async seekOne(key: string, runs: readonly string[]): Promise<void> {
    const there = await this.things.isThere(key).catch((error: unknown) => {
      this.world().logger.warn('it is not known whether something is there', { key, error });
      return false;
    });
    if (there) await Promise.all(runs.map((runId) => this.tell(runId, { kind: 'dependencyAppeared', key })));
  }

  private async tell(
    runId: string,
    input: BareInput & { kind: 'dependencyAppeared' | 'dependencyMissing' },
  ): Promise<void> {
    const { router, logger } = this.world();
    await router
      .ask({ kind: 'input', runId, input })
      .catch((error: unknown) => logger.warn('a run could not be told', { runId, error }));
  }
}

const isUnheard = ({ child, sequence, seenAt, sentAtMs }: Send, nowMs: number): boolean =>
  !child && sequence !== undefined && seenAt === undefined && nowMs - sentAtMs >= UNHEARD_MS;

/** Keys that tasks of a run wait for. */
export const missingOf = ({ state }: LiveRun): string[] =>
  [...state.active].flatMap((key) => missingIn(state.tasks.get(key)));

const missingIn = (task: TaskState | undefined): readonly string[] =>
  task?.status === 'WAITING' && task.wait.for === 'blocked' ? (task.wait.missing ?? []) : [];

function usesOf({ workflow }: LiveRun, key: string): string | undefined {
  const { id, undo } = partsOfKey(key);
  const definition = workflow.tasks.get(id)?.definition;
  return undo ? definition?.compensate?.uses : definition?.uses;
}
