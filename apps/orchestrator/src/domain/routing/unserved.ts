import { unitOf } from '@trimtab/workflow';
import type { LiveRun } from '../live-run.js';
import type { BareInput } from '../people.js';
import type { Policies } from './policies.js';
import type { Directory } from './worker-pools.js';

/** A task that nobody does although it is its turn. */
export interface Unserved {
  readonly task: string;
  readonly uses: string;
  readonly sinceMs: number;
  /** What moves it on; undefined while nobody is there who could take it. */
  readonly input: BareInput | undefined;
}

export interface ServingFacts {
  readonly directory: Directory;
  readonly policies: Policies;
  readonly nowMs: number;
  /** A queued attempt without a sign of life for so long may go elsewhere. */
  readonly rerouteAfterMs: number;
}

const SERVICE = 'service:';

/**
 * Tasks of a run that are queued in a pool without a healthy worker, or that wait for one to appear: these are told by
 * whoever looks for what is missing.
 */
export function unservedIn(run: LiveRun, facts: ServingFacts): Unserved[] {
  return [...run.state.active].flatMap((key): Unserved[] => {
    const task = run.state.tasks.get(key);
    if (task?.status === 'QUEUED') return queued(run, key, task, facts);
    if (task?.status !== 'WAITING' || task.wait.for !== 'blocked') return [];
    const { missing = [], since = task.at } = task.wait;
    return missing
      .filter((one) => one.startsWith(SERVICE))
      .map((one) => one.slice(SERVICE.length))
      .filter((uses) => !facts.directory.offers.has(uses))
      .map((uses) => ({ task: key, uses, sinceMs: Date.parse(since), input: undefined }));
  });
}

type Queued = { readonly attempt: number; readonly at: string; readonly pool: string };

function queued(run: LiveRun, key: string, task: Queued, facts: ServingFacts): Unserved[] {
  const { directory, nowMs, rerouteAfterMs, policies } = facts;
  const { uses } = unitOf(run.workflow, key);
  if (directory.offers.get(uses)?.some(({ pool }) => pool === task.pool)) return [];
  const send = run.sends.get(key);
  const sinceMs = Math.max(Date.parse(task.at), send?.seenAt === undefined ? 0 : Date.parse(send.seenAt));
  if (nowMs - sinceMs < rerouteAfterMs) return [];
  const waits = policies.of(uses)?.settings.nobody === 'wait';
  const movable = directory.offers.has(uses) || waits;
  const input: BareInput | undefined = movable
    ? { kind: 'reroute', task: key, attempt: task.attempt }
    : undefined;
  return [{ task: key, uses, sinceMs, input }];
}
