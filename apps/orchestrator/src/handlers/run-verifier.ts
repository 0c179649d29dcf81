import type { RunIntegrity } from '@trimtab/contracts';
import type { EventLog, Snapshot, StoredEvent, StoredRun } from '@trimtab/event-store';
import { AppError, canonicalJson, toErrorInfo } from '@trimtab/kernel';
import { evolve, isTerminalRun, snapshotOf } from '@trimtab/workflow';
import type { CompiledWorkflow, RunState } from '@trimtab/workflow';
import { streamOf } from '../domain/stored-run-event.js';
import type { StoredRunEvent } from '../domain/stored-run-event.js';
import type { PostgresDefinitions } from '../outbound/definitions.js';
import { CODE_VERSION } from './run-loader.js';
import type { StoredState } from './run-loader.js';

type Problem = RunIntegrity['problems'][number];

/** Runs after one, in the order of their ids. */
export type ListRuns = (after: string | undefined, limit: number) => Promise<readonly string[]>;

/** Replays what is stored of runs, and holds it against everything else that is stored of them. */
export class RunVerifier {
  constructor(
    private readonly log: EventLog,
    private readonly definitions: Pick<PostgresDefinitions, 'pinned' | 'isIntact'>,
    private readonly list: ListRuns,
  ) {}

  async page(
    after: string | undefined,
    limit: number,
  ): Promise<{ items: RunIntegrity[]; next: string | null }> {
    const runs = await this.list(after, limit);
    const items: RunIntegrity[] = [];
    for (const run of runs) {
      const found = await this.verified(run);
      // What was archived since it was listed is nobody's damage.
      if (found) items.push(found);
    }
    return { items, next: runs.length < limit ? null : (runs.at(-1) ?? null) };
  }

  /** Throws `run.unknown` (never). */
  async verify(runId: string): Promise<RunIntegrity> {
    const found = await this.verified(runId);
    if (found) return found;
    throw new AppError('run.unknown', `There is no run ${runId}: check its id.`);
  }

  private async verified(runId: string): Promise<RunIntegrity | undefined> {
    const row = await this.log.run(runId);
    const [events, snapshot] = await Promise.all([
      this.log.readStream(streamOf(runId)),
      this.log.loadSnapshot(streamOf(runId), CODE_VERSION),
    ]);
    if (!row && events.length === 0) return undefined;
    const found = await this.examined(runId, row, events, snapshot);
    // What its owner stored, or a cleanup took away, between two of these reads is no damage: it is read again.
    const isOther = !found.ok && (await this.log.run(runId))?.version !== row?.version;
    return isOther ? this.verified(runId) : found;
  }

  private async examined(
    runId: string,
    row: StoredRun | undefined,
    events: readonly StoredEvent[],
    snapshot: Snapshot | undefined,
  ): Promise<RunIntegrity> {
    const problems = gapsIn(events);
    const snapshotAt = snapshot?.version ?? null;
    const data = snapshot?.data as StoredState | undefined;
    const state = await this.replayed(events, problems, snapshotAt, data);
    if (state) problems.push(...rowProblems(row, state, events.length));
    return {
      runId,
      ok: problems.length === 0,
      status: state?.status ?? null,
      events: events.length,
      snapshot: snapshotAt,
      problems,
    };
  }

  /** The state at the end; undefined when the history cannot be replayed. */
  private async replayed(
    events: readonly StoredEvent[],
    problems: Problem[],
    snapshotAt: number | null,
    snapshot: StoredState | undefined,
  ): Promise<RunState | undefined> {
    try {
      const workflow = await this.definitionOf(events[0], problems);
      let state: RunState | undefined;
      for (const { version, data } of events) {
        if (state && isTerminalRun(state.status)) problems.push(...afterEnd(data as StoredRunEvent, version));
        state = evolve(workflow, state, data as StoredRunEvent);
        if (version === snapshotAt && snapshot) problems.push(...snapshotProblems(state, snapshot));
      }
      return state;
    } catch (error) {
      const { code, message } = toErrorInfo(error);
      problems.push({ code, message });
      return undefined;
    }
  }

  private async definitionOf(first: StoredEvent | undefined, problems: Problem[]): Promise<CompiledWorkflow> {
    const data = first?.data as StoredRunEvent | undefined;
    if (data?.type !== 'RunStarted')
      throw new AppError('run.damaged', 'The history does not begin with RunStarted: restore it.');
    const intact = await this.definitions.isIntact(data.workflow.digest);
    if (intact === false) {
      const message = `The stored definition is not what ${data.workflow.digest} says: restore the table of definitions.`;
      problems.push({ code: 'definition.changed', message });
    }
    return this.definitions.pinned(data.workflow);
  }
}

function gapsIn(events: readonly StoredEvent[]): Problem[] {
  return events.flatMap(({ version }, i) => {
    const expected = (events[i - 1]?.version ?? 0) + 1;
    if (version === expected) return [];
    const message = `Version ${expected} is missing before ${version}: restore the table of events.`;
    return [{ code: 'history.gap', message }];
  });
}

/** Only the note that another run does it again may follow the end. */
const afterEnd = ({ type }: StoredRunEvent, version: number): Problem[] =>
  type === 'RunRestarted'
    ? []
    : [{ code: 'history.after-end', message: `Version ${version} (${type}) follows the end of the run.` }];

function snapshotProblems(state: RunState, snapshot: StoredState): Problem[] {
  if (canonicalJson(snapshotOf(state)) === canonicalJson(snapshot.state)) return [];
  const message = `The snapshot at version ${state.version} is not what its events give: delete it.`;
  return [{ code: 'snapshot.differs', message }];
}

function rowProblems(row: StoredRun | undefined, state: RunState, events: number): Problem[] {
  if (!row)
    return [{ code: 'row.missing', message: 'The run is not listed: restore its row in the table of runs.' }];
  const { status, terminal } = row;
  if (status === state.status && terminal === isTerminalRun(state.status) && row.version <= events) return [];
  const message = `The run is listed as ${status} at version ${row.version}; its ${events} events make it ${state.status}.`;
  return [{ code: 'row.differs', message }];
}
