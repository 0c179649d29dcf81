import type { AppError } from '@trimtab/kernel';
import { builtOnRefused, fenced, versionConflict } from './errors.js';
import type { AppendRequest } from './pending.js';

/** What the writer knows of a partition in one epoch. */
export interface PartitionState {
  readonly id: number;
  readonly epoch: number;
  lastSequence: number;
  lastBatch: string | null;
  /** Somebody else owns the partition, or we own it anew under another epoch. */
  lost: boolean;
  /** Versions of streams seen in this epoch; a stream that is not here must be looked up. */
  readonly versions: Map<string, number>;
}

/** A request together with the state it was decided under. */
export interface HeldAppend extends AppendRequest {
  readonly state: PartitionState;
}

export interface Planned<Append extends HeldAppend = HeldAppend> {
  readonly append: Append;
  /** Sequence of its first event. */
  readonly firstSequence: number;
}

/** The rows one commit will try to write, and what cannot be tried at all. */
export interface Plan<Append extends HeldAppend = HeldAppend> {
  readonly planned: readonly Planned<Append>[];
  readonly refused: readonly (readonly [Append, AppError])[];
  /** New last sequence of each partition that takes part. */
  readonly upTo: ReadonlyMap<PartitionState, number>;
}

/**
 * Gives every append its place: versions must continue what is known of the stream, sequences continue the partition.
 * Once an append of a stream is refused (`doomed`, also by earlier parts of the batch), later ones fall with it.
 */
export function planBatch<Append extends HeldAppend>(
  appends: readonly Append[],
  doomed: Set<string>,
): Plan<Append> {
  const planned: Planned<Append>[] = [];
  const refused: [Append, AppError][] = [];
  const upTo = new Map<PartitionState, number>();
  const versions = new Map<string, number>();
  for (const append of appends) {
    const { state, stream } = append;
    const error = objection(append, versions.get(stream) ?? state.versions.get(stream), doomed);
    if (error) {
      doomed.add(stream);
      refused.push([append, error]);
      continue;
    }
    const last = upTo.get(state) ?? state.lastSequence;
    planned.push({ append, firstSequence: last + 1 });
    upTo.set(state, last + append.events.length);
    versions.set(stream, append.expectedVersion + append.events.length);
  }
  return { planned, refused, upTo };
}

function objection(
  append: HeldAppend,
  version: number | undefined,
  doomed: Set<string>,
): AppError | undefined {
  if (append.state.lost) return fenced(append);
  if (doomed.has(append.stream)) return builtOnRefused(append);
  // Not known and expected to be new: UNIQUE (stream, version) has the last word.
  if (version === undefined || version === append.expectedVersion) return undefined;
  return versionConflict(append, version);
}

/** Streams whose version must be looked up before they can be planned. */
export function unknownStreams(appends: readonly HeldAppend[]): HeldAppend[] {
  return appends.filter((append) => append.expectedVersion > 0 && !append.state.versions.has(append.stream));
}

/** Streams whose versions are remembered per partition; the oldest are looked up again when they return. */
const MAX_KNOWN_STREAMS = 10_000;

export function learnVersion(state: PartitionState, stream: string, version: number): void {
  state.versions.set(stream, version);
  if (state.versions.size <= MAX_KNOWN_STREAMS) return;
  for (const oldest of state.versions.keys()) {
    state.versions.delete(oldest);
    return;
  }
}
