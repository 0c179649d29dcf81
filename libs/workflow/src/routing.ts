import type { Json } from '@trimtab/kernel';
import { isBlocked, waitForKeys } from './blocking.js';
import type { InputOf } from './inputs.js';
import { placeOf } from './place.js';
import type { Place } from './place.js';
import { triedOf } from './task-status.js';
import { emit } from './turn.js';
import type { Turn } from './turn.js';
import { unitOf } from './units.js';
import { inputOf, render } from './variables.js';

/** A policy that could not be followed. */
export interface Violation {
  readonly policy: string;
  readonly why: string;
}

/** Why an attempt went where it went; the plain default has none. */
export interface RouteRecord {
  /** The policy that chose; `route` is the definition, `discovery` the only place, `default` the default pool. */
  readonly policy: string;
  readonly reason: string;
  /** The service whose workers they are, when it is known. */
  readonly service?: string;
  /** What was to apply before. */
  readonly violation?: Violation;
  /** Pool of the attempt before, when this one was sent elsewhere because of what became of it. */
  readonly reroutedFrom?: string;
}

export type Route =
  | ({ readonly to: 'pool'; readonly record?: RouteRecord } & Place)
  /** Nobody can do it: wait until `on` (a key of a dependency) is there. */
  | { readonly to: 'wait'; readonly on: string; readonly violation?: Violation };

export interface RouteRequest {
  /** Key of the task. */
  readonly task: string;
  readonly uses: string;
  /** Number of the attempt that is to be queued. */
  readonly attempt: number;
  /** What the definition's `route` gives: a pool or a policy. */
  readonly wanted?: string;
  /** Where the attempt before failed or was not taken. */
  readonly failedIn?: Place;
}

/** Chooses from what is known of the workers at the moment of the decision; what it gives is stored with the event. */
export type ChooseRoute = (request: RouteRequest) => Route;

/** Without anybody who knows the workers, a well-formed name of a pool is believed. */
const believing: ChooseRoute = ({ wanted }) => {
  if (wanted === undefined) return { to: 'pool', pool: 'default' };
  if (/^[a-z0-9][a-z0-9-]{0,31}$/.test(wanted)) return { to: 'pool', pool: wanted };
  const violation = { policy: 'route', why: `"${wanted}" is no name of a pool` };
  return {
    to: 'pool',
    pool: 'default',
    record: { policy: 'default', reason: 'the default pool', violation },
  };
};

/** Queues the next attempt where the world says, or waits for somebody who can take it. */
export function queueUnit(turn: Turn, key: string, input: Json): void {
  const route = routeOf(turn, key, placeOf(turn.state.tasks.get(key)));
  if (route.to === 'pool') return queueAt(turn, key, route, input);
  if (!waitsFor(turn, key, route.on)) waitForKeys(turn, key, [route.on], route.violation);
}

/** A queued attempt that nobody takes goes where somebody is. */
export function reroute(turn: Turn, { task: key, attempt }: InputOf<'reroute'>): undefined {
  const task = turn.state.tasks.get(key);
  if (task?.status !== 'QUEUED' || task.attempt !== attempt || turn.state.status !== 'RUNNING') return;
  const route = routeOf(turn, key, placeOf(task));
  if (route.to === 'pool' && route.pool === task.pool) return;
  const { uses } = unitOf(turn.workflow, key);
  turn.commands.push({ kind: 'cancelTask', task: key, attempt, uses });
  if (route.to === 'wait') return void waitForKeys(turn, key, [route.on], route.violation);
  queueAt(turn, key, route, inputOf(turn.workflow, turn.state, key));
}

function routeOf(turn: Turn, key: string, failedIn: Place | undefined): Route {
  const { uses, task } = unitOf(turn.workflow, key);
  const wanted = task.route ? render(turn.state, task.route, key) : undefined;
  const choose = turn.env.route ?? believing;
  return choose({
    task: key,
    uses,
    attempt: triedOf(turn.state, key).attempt + 1,
    ...(wanted !== undefined && { wanted: typeof wanted === 'string' ? wanted : JSON.stringify(wanted) }),
    ...(failedIn && { failedIn }),
  });
}

function queueAt(turn: Turn, key: string, { pool, record }: Route & { to: 'pool' }, input: Json): void {
  const attempt = triedOf(turn.state, key).attempt + 1;
  emit(
    turn,
    {
      type: 'TaskQueued',
      task: key,
      attempt,
      pool,
      ...(record && { route: record }),
    },
    input,
  );
}

/** Said once: what is looked for again and again is not there again and again. */
function waitsFor(turn: Turn, key: string, on: string): boolean {
  const task = turn.state.tasks.get(key);
  return isBlocked(task) && (task.wait.missing ?? []).includes(on);
}
