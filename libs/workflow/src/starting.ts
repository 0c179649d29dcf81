import { canonicalJson, toErrorInfo } from '@trimtab/kernel';
import type { Json } from '@trimtab/kernel';
import type { CompiledTask } from './compile.js';
import { taskOf } from './compile.js';
import { later, parseDuration } from './duration.js';
import { WorkflowError } from './errors.js';
import { waitForKeys } from './blocking.js';
import { concurrencyOf, isSafetyStep, leftOut, unadapted } from './adapting.js';
import { childRunId, itemKey } from './keys.js';
import { joinOf } from './joining.js';
import { comesNear, DEFAULT_LIMITS, passed } from './limits.js';
import { queueUnit } from './routing.js';
import { closeFanOut, failForGood } from './results.js';
import type { Actor, RunState } from './state.js';
import { triedOf } from './task-status.js';
import { emit, wake } from './turn.js';
import type { Turn } from './turn.js';
import { unitOf } from './units.js';
import { evaluate, inputOf, render } from './variables.js';

/** Looks at every task that may start, and at what that makes possible in turn, until nothing more can happen. */
export function startReady(turn: Turn): void {
  for (let i = 0; i < turn.ready.length; i += 1) consider(turn, turn.ready[i] ?? '');
  turn.ready.length = 0;
}

/** All tasks that could start: after a pause or a compensation, when many may have become ready meanwhile. */
export function wakeAll(turn: Turn): void {
  for (const [id, count] of turn.state.waitingFor) if (count === 0) turn.ready.push(id);
}

function consider(turn: Turn, id: string): void {
  const { state } = turn;
  if (state.status !== 'RUNNING') return;
  const status = state.tasks.get(id)?.status;
  if (status === 'RUNNING' && state.fanOuts.has(id)) return fillSlots(turn, id);
  const task = taskOf(turn.workflow, id);
  if (status !== 'PENDING' || state.waitingFor.get(id) !== 0 || isHeldBack(state, task)) return;
  const obstacle = joinOf(turn.workflow, state, task);
  if (obstacle !== undefined) return skip(turn, id, obstacle);
  open(turn, task);
}

/** While a run ends only `always` tasks start, and those after the compensation. */
const isHeldBack = (state: RunState, task: CompiledTask): boolean =>
  (state.ending && !task.definition.always) ||
  state.undo.phase === 'wanted' ||
  state.undo.phase === 'running';

function open(turn: Turn, task: CompiledTask): void {
  try {
    if (!conditionHolds(turn, task)) return skip(turn, task.id, 'condition');
    const why = leftOut(turn.workflow, turn.state, task);
    if (why !== undefined) return skip(turn, task.id, why);
    if (!task.forEach) return startUnit(turn, task.id);
    const items = itemsOf(turn, task);
    emit(turn, { type: 'FanOutStarted', task: task.id, items });
    fillSlots(turn, task.id);
  } catch (error) {
    failForGood(turn, task.id, toErrorInfo(error));
  }
}

function skip(turn: Turn, id: string, reason: string): void {
  emit(turn, { type: 'TaskSkipped', task: id, reason });
  wake(turn, id);
}

function conditionHolds(turn: Turn, task: CompiledTask): boolean {
  if (!task.when) return true;
  const state = isSafetyStep(turn.workflow, task.id) ? unadapted(turn.state) : turn.state;
  const value = evaluate(state, task.when);
  if (typeof value === 'boolean') return value;
  throw new WorkflowError(
    'workflow.condition-not-boolean',
    `Make \`when\` of ${task.id} true or false: it gave ${JSON.stringify(value)}.`,
  );
}

function itemsOf(turn: Turn, task: CompiledTask): readonly Json[] {
  const items = task.forEach ? evaluate(turn.state, task.forEach) : [];
  if (!Array.isArray(items)) {
    throw new WorkflowError(
      'workflow.not-a-list',
      `Make \`forEach\` of ${task.id} a list: it gave ${JSON.stringify(items)}.`,
    );
  }
  const { items: most } = turn.env.limits ?? DEFAULT_LIMITS;
  if (items.length > most) throw passed('items', items.length, most, `forEach of ${task.id}`);
  if (comesNear(0, items.length, most))
    turn.warnings.push({ limit: 'items', is: items.length, of: most, task: task.id });
  return items as readonly Json[];
}

/** Starts elements until the bound is reached; elements that fail at once make room for the next. */
export function fillSlots(turn: Turn, id: string): void {
  const fan = turn.state.fanOuts.get(id);
  const concurrency = concurrencyOf(turn.state, taskOf(turn.workflow, id));
  const live = (): boolean => turn.state.tasks.get(id)?.status === 'RUNNING';
  while (fan && live() && !stopped(turn, id) && fan.active < concurrency && fan.next < fan.items.length) {
    startUnit(turn, itemKey(id, fan.next));
  }
  if (fan && live()) closeFanOut(turn, id);
}

const stopped = (turn: Turn, id: string): boolean =>
  turn.state.status !== 'RUNNING' || (turn.state.ending && !taskOf(turn.workflow, id).definition.always);

/** Starts a task, an element or a compensation, once what it requires outside of the run is there. */
export function startUnit(turn: Turn, key: string): void {
  const { task, undo } = unitOf(turn.workflow, key);
  if (undo || task.requires === undefined || triedOf(turn.state, key).attempt > 0)
    return beginUnit(turn, key);
  try {
    const keys = render(turn.state, task.requires, key) as readonly Json[];
    waitForKeys(turn, key, [...new Set(keys.map(String))]);
  } catch (error) {
    failForGood(turn, key, toErrorInfo(error));
  }
}

/** Starts the next attempt. */
export function beginUnit(turn: Turn, key: string): void {
  const unit = unitOf(turn.workflow, key);
  try {
    const input = inputOf(turn.workflow, turn.state, key);
    switch (unit.uses) {
      case 'approval':
        return requestApproval(turn, key, unit.task, input);
      case 'timer':
        return waitUntil(turn, key, input);
      case 'signal':
        return waitForSignal(turn, key, input, unit.timeout.run);
      case 'workflow':
        return startChild(turn, key, input, unit.timeout.run);
      default:
        return queueUnit(turn, key, input);
    }
  } catch (error) {
    failForGood(turn, key, toErrorInfo(error));
  }
}

const nextAttempt = (turn: Turn, key: string): number => triedOf(turn.state, key).attempt + 1;

function requestApproval(turn: Turn, key: string, task: CompiledTask, info: Json): void {
  const rendered = task.digest ? render(turn.state, task.digest, key) : '';
  const digest = typeof rendered === 'string' ? rendered : canonicalJson(rendered);
  const granting = task.grantedBy.find((rule) => evaluate(turn.state, rule.when, key) === true);
  const until = later(turn.at, task.definition.approval?.expiresIn ?? task.definition.timeout.run);
  const attempt = nextAttempt(turn, key);
  emit(turn, { type: 'TaskWaiting', task: key, attempt, wait: { for: 'approval', digest, until, info } });
  if (!granting) return;
  const by = { kind: 'policy', id: granting.policy } as const;
  emit(turn, { type: 'ApprovalGranted', task: key, by, digest });
  completeWaiting(turn, key, grantOf(by, digest, turn.at));
}

function waitUntil(turn: Turn, key: string, input: Json): void {
  const fields = (input ?? {}) as { duration?: string | number; until?: string };
  const milliseconds = fields.duration === undefined ? undefined : parseDuration(fields.duration);
  const until = milliseconds === undefined ? fields.until : later(turn.at, milliseconds);
  if (until === undefined || Number.isNaN(Date.parse(until))) {
    throw new WorkflowError(
      'workflow.bad-timer',
      `Give ${key} a duration such as 10m, or an instant as until.`,
    );
  }
  const wait = { for: 'timer', until: new Date(until).toISOString() } as const;
  emit(turn, { type: 'TaskWaiting', task: key, attempt: nextAttempt(turn, key), wait });
}

function waitForSignal(turn: Turn, key: string, input: Json, timeout: number): void {
  const name = String((input as { name?: Json } | null)?.name);
  const wait = { for: 'signal', name, until: later(turn.at, timeout) } as const;
  emit(turn, { type: 'TaskWaiting', task: key, attempt: nextAttempt(turn, key), wait });
  const early = turn.state.signals.find((signal) => signal.name === name && !signal.used);
  if (!early) return;
  emit(turn, {
    type: 'SignalReceived',
    name,
    id: early.id,
    payload: early.payload,
    by: turn.state.by,
    task: key,
  });
  completeWaiting(turn, key, early.payload);
}

function startChild(turn: Turn, key: string, input: Json, timeout: number): void {
  const attempt = nextAttempt(turn, key);
  const child = childRunId(turn.state.runId, key, attempt);
  emit(
    turn,
    {
      type: 'TaskWaiting',
      task: key,
      attempt,
      wait: { for: 'child', child, until: later(turn.at, timeout) },
    },
    input,
  );
}

/** Output of a granted approval. */
export const grantOf = (by: Actor, digest: string, at: string): Json => ({
  granted: true,
  by: { ...by },
  grantedBy: by.id,
  digest,
  at,
});

/** Completes what was granted, signalled or due, and wakes what needs it. */
export function completeWaiting(turn: Turn, key: string, output: Json): void {
  const unit = unitOf(turn.workflow, key);
  emit(turn, { type: 'TaskCompleted', task: key, attempt: triedOf(turn.state, key).attempt, output });
  if (unit.element) turn.ready.push(unit.task.id);
  else wake(turn, key);
}
