import { AppError } from '@trimtab/kernel';
import { advance, carryOver, isTerminalRun } from '@trimtab/workflow';
import type { CompiledWorkflow, RunInput } from '@trimtab/workflow';
import { liveRun } from '../domain/live-run.js';
import { tellParent } from './parents.js';
import { isCode, refusal } from './run-deciding.js';
import type { RunDeciding } from './run-deciding.js';
import { replay } from './run-loader.js';
import type { Replayed, RowData } from './run-loader.js';
import type { RunMemory } from './run-memory.js';
import { rowOf, summaryOf } from './run-rows.js';
import type { LinkRun, RestartRun, RunAnswer, StartRun, World } from './world.js';

type Start = Extract<RunInput, { kind: 'start' }>;
type Identified = Pick<Start, 'runId' | 'parent'>;
type Labels = Readonly<Record<string, string>>;

/** How runs of a partition come to be: new ones, and those that do an ended run again. */
export class RunStarting {
  constructor(
    private readonly partition: number,
    private readonly world: World,
    private readonly memory: RunMemory,
    private readonly deciding: RunDeciding,
  ) {}

  /** Starts a run, or answers for the one that is there already. */
  async start(request: StartRun): Promise<RunAnswer> {
    const { runId, labels, by, input, parent } = request;
    const known = this.known({ runId, parent });
    if (known) return known;
    const pinned = this.world.definitions.known(request.workflow, request.version);
    if (!pinned) return this.startOnceKnown(request);
    const { ref, workflow } = pinned;
    const start: Start = { ...this.identity(runId), workflow: ref, input, by, parent };
    return this.begin(workflow, start, labels);
  }

  /** Another instance may have registered the definition a moment ago. Throws `workflow.unknown` (never). */
  private async startOnceKnown(request: StartRun): Promise<RunAnswer> {
    await this.world.definitions.find(request.workflow, request.version);
    return this.start(request);
  }

  /** Starts a run from what a terminal one had reached. Throws `run.unknown` and `run.not-ended` (never). */
  async restart({ runId, of, from, input, by }: RestartRun): Promise<RunAnswer> {
    const known = this.known({ runId });
    if (known) return known;
    const { state, workflow, labels } = await this.ended(of);
    const carry = carryOver(workflow, state, { from, edited: input !== undefined });
    const start: Start = {
      ...this.identity(runId),
      workflow: state.workflow,
      input: input ?? state.input,
      by,
      restart: { runId: of, from },
      carry,
    };
    return this.begin(workflow, start, { ...labels, restartOf: of, ...(from && { restartFrom: from }) });
  }

  /** Notes in a terminal run that another one does it again; the same note is written once. */
  async link(request: LinkRun): Promise<RunAnswer> {
    const { runId, key, as, from, by, asked } = request;
    const before = (await this.world.log.processed(this.partition, [key])).get(key);
    if (before) return before.result as RunAnswer;
    const { state, workflow, labels, published, untraced } = await this.ended(runId);
    const run = liveRun(runId, workflow, state, labels, this.world.clock.ms);
    run.published = published;
    run.untraced = untraced;
    const at = this.world.clock.now().toISOString();
    const row = rowOf(run, { type: 'RunRestarted', at, as, from, by }, this.world.newId(), undefined, asked);
    const result = { runId, status: state.status };
    const summary = summaryOf({ ...run, state: { ...state, version: state.version + 1 } }, false);
    const attachments = [summary, { kind: 'idempotency', key, result } as const];
    const { appender } = this.world;
    const { firstSequence } = await appender.append(this.partition, run.stream, state.version, [row], {
      attachments,
    });
    this.world.stored(this.partition, [row], firstSequence);
    return result;
  }

  private identity(runId: string): { kind: 'start'; id: string; runId: string; at: string } {
    return { kind: 'start', id: runId, runId, at: this.world.clock.now().toISOString() };
  }

  /** A run that is there already is answered for once everything before is stored. */
  private known(start: Identified): Promise<RunAnswer> | undefined {
    const run = this.memory.get(start.runId);
    const answer = (): RunAnswer => ({ runId: start.runId, status: run?.state.status ?? 'RUNNING' });
    return run && this.unlessStartedBefore(start, run.tail.then(answer));
  }

  private async begin(workflow: CompiledWorkflow, start: Start, labels: Labels): Promise<RunAnswer> {
    const { runId } = start;
    const { limits, steering } = this.world;
    const route = steering?.routing.for({ runId, workflow, labels });
    const decided = advance(workflow, undefined, start, { random: this.world.random(), route, limits });
    if (!decided.state) throw refusal(decided.refusal);
    const run = liveRun(runId, workflow, decided.state, labels, this.world.clock.ms);
    run.untraced = !this.world.traces.admits(this.world.clock.ms);
    this.memory.add(run);
    const answer = { runId, status: run.state.status };
    const stored = this.deciding.store(run, 0, decided, {}, [summaryOf(run, false)]);
    return this.unlessStartedBefore(
      start,
      stored.then(() => answer),
    );
  }

  private unlessStartedBefore(start: Identified, stored: Promise<RunAnswer>): Promise<RunAnswer> {
    return stored.catch((error: unknown) => {
      if (isCode(error, 'stream.version-conflict')) return this.startedBefore(start);
      throw error;
    });
  }

  private async startedBefore({ runId, parent }: Identified): Promise<RunAnswer> {
    const row = await this.world.log.run(runId);
    if (row?.terminal && parent) void tellParent(this.world, runId);
    return { runId, status: row?.status ?? 'RUNNING' };
  }

  private async ended(runId: string): Promise<Replayed & Required<RowData>> {
    const [found, row] = await Promise.all([replay(this.world, runId), this.world.log.run(runId)]);
    if (!found) throw new AppError('run.unknown', `There is no run ${runId}: check its id.`);
    const { status } = found.state;
    if (!isTerminalRun(status)) {
      const message = `Run ${runId} is ${status}: only a run that has ended can be done again; name a task to retry it.`;
      throw new AppError('run.not-ended', message, { details: { status } });
    }
    const { labels = {}, passive = false, untraced = false } = (row?.data ?? {}) as RowData;
    return { ...found, labels, passive, untraced };
  }
}
