import { evolve, fromSnapshot, isTerminalRun } from '@trimtab/workflow';
import type { CompiledWorkflow, RunSnapshot, RunState } from '@trimtab/workflow';
import type { Snapshot, StoredEvent, StoredRun } from '@trimtab/event-store';
import { AppError } from '@trimtab/kernel';
import { liveRun } from '../domain/live-run.js';
import type { LiveRun } from '../domain/live-run.js';
import { publicEventsOf } from '../domain/public-events.js';
import { streamOf } from '../domain/stored-run-event.js';
import type { StoredRunEvent } from '../domain/stored-run-event.js';
import { Breath } from './breath.js';
import type { World } from './world.js';

/** Snapshots of other code are ignored and the events replayed. */
export const CODE_VERSION = 'run-1';

export interface StoredState {
  readonly state: RunSnapshot;
  readonly published: number;
}

type Sources = Pick<World, 'log' | 'definitions'>;

/** Most data of events that is in memory beside the runs made of them. */
const PAGE_BYTES = 262_144;
/** Events of one stream that are read at a time. */
const PAGE_EVENTS = 1_000;
/** Events that are applied before others get the processor: about a millisecond. */
const SLICE_EVENTS = 200;

/** A run as it was last stored, or why it cannot be had. */
export type Loaded =
  { readonly runId: string; readonly run: LiveRun } | { readonly runId: string; readonly error: unknown };

/**
 * Runs from the log as they were last stored; those that are not there or have ended are left out. However many they
 * are, it takes the same few statements, again for each quarter of a megabyte of events. A damaged one stops no other.
 */
export async function* loadRuns(
  world: Sources & Pick<World, 'clock'>,
  runIds: readonly string[],
): AsyncGenerator<Loaded> {
  const open = (await world.log.runsById(runIds)).filter(({ terminal }) => !terminal);
  const snapshots = await world.log.loadSnapshots(
    open.map(({ stream }) => stream),
    CODE_VERSION,
  );
  const breath = new Breath(SLICE_EVENTS);
  for (let left = open; left.length > 0;) {
    const streams = await wholeStreams(world.log, left, snapshots);
    for (const row of left) {
      const history = streams.get(row.stream);
      if (!history) continue;
      const loaded = await loadedRun(world, row, snapshots.get(row.stream), history, breath);
      if (loaded) yield loaded;
    }
    left = left.filter(({ stream }) => !streams.has(stream));
  }
}

type History = AsyncIterable<readonly StoredEvent[]> | Iterable<readonly StoredEvent[]>;

/** Histories of as many runs as fit, at least of the first one. */
async function wholeStreams(
  log: World['log'],
  rows: readonly StoredRun[],
  snapshots: ReadonlyMap<string, Snapshot>,
): Promise<Map<string, History>> {
  const starts = rows.map(({ stream }) => ({ stream, version: firstAfter(snapshots.get(stream)) }));
  const read = await log.readStreams(starts, PAGE_BYTES);
  const [first] = starts;
  if (first && read.size === 0) return new Map([[first.stream, pagesOf(log, first.stream, first.version)]]);
  return new Map([...read].map(([stream, events]) => [stream, [events]]));
}

async function loadedRun(
  world: Sources & Pick<World, 'clock'>,
  { run: runId, data }: StoredRun,
  snapshot: Snapshot | undefined,
  history: History,
  breath: Breath,
): Promise<Loaded | undefined> {
  try {
    const replayed = await applied(world.definitions, runId, snapshot, history, breath);
    if (!replayed || isTerminalRun(replayed.state.status)) return undefined;
    const { labels = {}, passive = false, untraced = false } = (data ?? {}) as RowData;
    const run = liveRun(runId, replayed.workflow, replayed.state, labels, world.clock.ms);
    run.published = replayed.published;
    run.passive = passive;
    run.untraced = untraced;
    return { runId, run };
  } catch (error) {
    return { runId, error };
  }
}

export interface RowData {
  readonly labels?: Record<string, string>;
  readonly passive?: boolean;
  readonly untraced?: boolean;
}

export interface Replayed {
  readonly workflow: CompiledWorkflow;
  readonly state: RunState;
  readonly published: number;
}

/** The state of a run, ended or not, from its newest snapshot and the events after it. */
export async function replay({ log, definitions }: Sources, runId: string): Promise<Replayed | undefined> {
  const stream = streamOf(runId);
  const snapshot = await log.loadSnapshot(stream, CODE_VERSION);
  return applied(
    definitions,
    runId,
    snapshot,
    pagesOf(log, stream, firstAfter(snapshot)),
    new Breath(SLICE_EVENTS),
  );
}

const firstAfter = (snapshot: Snapshot | undefined): number => (snapshot?.version ?? 0) + 1;

async function* pagesOf(
  log: World['log'],
  stream: string,
  version: number,
): AsyncGenerator<readonly StoredEvent[]> {
  for (let from = version; ; from += PAGE_EVENTS) {
    const page = await log.readStream(stream, from, PAGE_EVENTS);
    yield page;
    if (page.length < PAGE_EVENTS) return;
  }
}

async function applied(
  definitions: World['definitions'],
  runId: string,
  snapshot: Snapshot | undefined,
  history: History,
  breath: Breath,
): Promise<Replayed | undefined> {
  let replayed = snapshot && (await fromStored(definitions, snapshot.data as StoredState));
  let last: StoredEvent | undefined;
  for await (const events of history) {
    for (const event of events) {
      const workflow = replayed?.workflow ?? (await definitions.pinned(refIn(event)));
      replayed = withEvent(replayed, workflow, event);
      last = event;
      if (breath.isDue()) await breath.take();
    }
  }
  return replayed && last ? { ...replayed, published: publishedBy(last, runId) } : replayed;
}

/** `evolve` changes the state in place. */
function withEvent(before: Replayed | undefined, workflow: CompiledWorkflow, event: StoredEvent): Replayed {
  const state = evolve(workflow, before?.state, event.data as StoredRunEvent);
  return before ?? { workflow, state, published: 0 };
}

async function fromStored(
  definitions: World['definitions'],
  { state, published }: StoredState,
): Promise<Replayed> {
  const workflow = await definitions.pinned(state.workflow);
  return { workflow, state: fromSnapshot(workflow, state), published };
}

function refIn(event: StoredEvent): RunState['workflow'] {
  const data = event.data as StoredRunEvent;
  if (data.type === 'RunStarted') return data.workflow;
  throw new AppError('run.damaged', `Stream ${event.stream} does not begin with RunStarted: restore it.`);
}

function publishedBy(event: StoredEvent, runId: string): number {
  const data = event.data as StoredRunEvent;
  return data.meta.n + publicEventsOf(runId, data).length;
}
