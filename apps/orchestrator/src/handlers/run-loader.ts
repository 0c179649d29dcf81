import { evolve, fromSnapshot, isTerminalRun } from '@trimtab/workflow';
import type { CompiledWorkflow, RunSnapshot, RunState } from '@trimtab/workflow';
import type { StoredEvent } from '@trimtab/event-store';
import { AppError } from '@trimtab/kernel';
import { liveRun } from '../domain/live-run.js';
import type { LiveRun } from '../domain/live-run.js';
import { publicEventsOf } from '../domain/public-events.js';
import { streamOf } from '../domain/stored-run-event.js';
import type { StoredRunEvent } from '../domain/stored-run-event.js';
import type { World } from './world.js';

/** Snapshots of other code are ignored and the events replayed. */
export const CODE_VERSION = 'run-1';

export interface StoredState {
  readonly state: RunSnapshot;
  readonly published: number;
}

type Sources = Pick<World, 'log' | 'definitions'>;

/** A run from the log as it was last stored; undefined when there is none or it has ended. */
export async function loadRun(
  world: Sources & Pick<World, 'clock'>,
  runId: string,
): Promise<LiveRun | undefined> {
  const row = await world.log.run(runId);
  if (!row || row.terminal) return undefined;
  const loaded = await replay(world, runId);
  if (!loaded || isTerminalRun(loaded.state.status)) return undefined;
  const { labels = {}, passive = false, untraced = false } = (row.data ?? {}) as RowData;
  const run = liveRun(runId, loaded.workflow, loaded.state, labels, world.clock.ms);
  run.published = loaded.published;
  run.passive = passive;
  run.untraced = untraced;
  return run;
}

interface RowData {
  readonly labels?: Record<string, string>;
  readonly passive?: boolean;
  readonly untraced?: boolean;
}

interface Replayed {
  readonly workflow: CompiledWorkflow;
  readonly state: RunState;
  readonly published: number;
}

/** The state of a run, ended or not, from its newest snapshot and the events after it. */
export async function replay({ log, definitions }: Sources, runId: string): Promise<Replayed | undefined> {
  const stream = streamOf(runId);
  const snapshot = await log.loadSnapshot(stream, CODE_VERSION);
  const events = await log.readStream(stream, (snapshot?.version ?? 0) + 1);
  if (snapshot) return fromStored(definitions, runId, snapshot.data as StoredState, events);
  const ref = refIn(events[0]);
  if (!ref) return undefined;
  return applied(await definitions.pinned(ref), runId, { state: undefined, published: 0 }, events);
}

async function fromStored(
  definitions: World['definitions'],
  runId: string,
  stored: StoredState,
  events: readonly StoredEvent[],
): Promise<Replayed | undefined> {
  const workflow = await definitions.pinned(stored.state.workflow);
  return applied(
    workflow,
    runId,
    { state: fromSnapshot(workflow, stored.state), published: stored.published },
    events,
  );
}

function applied(
  workflow: CompiledWorkflow,
  runId: string,
  from: { state: RunState | undefined; published: number },
  events: readonly StoredEvent[],
): Replayed | undefined {
  const state = events.reduce(
    (before, event) => evolve(workflow, before, event.data as StoredRunEvent),
    from.state,
  );
  return state && { workflow, state, published: publishedBy(events.at(-1), runId) ?? from.published };
}

function refIn(event: StoredEvent | undefined): RunState['workflow'] | undefined {
  if (!event) return undefined;
  const data = event.data as StoredRunEvent;
  if (data.type === 'RunStarted') return data.workflow;
  throw new AppError('run.damaged', `Stream ${event.stream} does not begin with RunStarted: restore it.`);
}

function publishedBy(event: StoredEvent | undefined, runId: string): number | undefined {
  const data = event?.data as StoredRunEvent | undefined;
  return data && data.meta.n + publicEventsOf(runId, data).length;
}
