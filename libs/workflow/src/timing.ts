import type { ErrorInfo } from '@trimtab/kernel';
import { lookAgain } from './blocking.js';
import { later } from './duration.js';
import { beginEnding } from './ending.js';
import type { InputOf } from './inputs.js';
import { partsOfTimer, RUN_TIMER } from './keys.js';
import type { TimerKind } from './keys.js';
import { attemptFailed, failForGood } from './results.js';
import { completeWaiting, startUnit } from './starting.js';
import type { TaskState } from './state.js';
import type { Turn } from './turn.js';
import { inFlight, unitOf } from './units.js';

/** A timer is due. One that belongs to an attempt or a wait that is over finds nothing to do. */
export function timerFired(turn: Turn, input: InputOf<'timerFired'>): undefined {
  if (input.key === RUN_TIMER) return runTimedOut(turn);
  const timer = partsOfTimer(input.key);
  const task = timer && turn.state.tasks.get(timer.task);
  if (timer && task && 'attempt' in task && task.attempt === timer.attempt)
    due[timer.kind]?.(turn, timer.task, task, input);
}

type Due = (turn: Turn, key: string, task: TaskState, input: InputOf<'timerFired'>) => void;

const due: { readonly [kind in TimerKind]: Due } = {
  retry(turn, key, task) {
    if (task.status === 'RETRYING' && turn.state.status === 'RUNNING') startUnit(turn, key);
  },
  queue(turn, key, task) {
    if (task.status === 'QUEUED') timeOut(turn, key, task, 'queue');
  },
  run(turn, key, task) {
    if (inFlight(task)) timeOut(turn, key, task, 'run');
  },
  beat(turn, key, task, input) {
    if (task.status === 'RUNNING') heartbeat(turn, input, key, task);
  },
  wait(turn, key, task) {
    if (task.status === 'WAITING') waitOver(turn, key, task);
  },
};

function runTimedOut(turn: Turn): undefined {
  if (turn.state.ending) return;
  const message = `The run took longer than its timeout of ${turn.workflow.definition.timeout} ms.`;
  const error: ErrorInfo = { code: 'workflow.run-timeout', message, retry: 'never' };
  beginEnding(turn, { to: 'FAILED', error }, { kind: 'system', id: 'timer' }, false);
}

/** The worker is told to stop; the attempt counts as failed and its late result will be stale. */
function timeOut(turn: Turn, key: string, task: TaskState, which: 'queue' | 'run' | 'heartbeat'): void {
  const unit = unitOf(turn.workflow, key);
  if (task.status !== 'PENDING')
    turn.commands.push({ kind: 'cancelTask', task: key, attempt: task.attempt, uses: unit.uses });
  const message = `${key} gave no ${which === 'run' ? 'result' : which === 'queue' ? 'sign of a worker' : 'heartbeat'} within ${unit.timeout[which]} ms.`;
  attemptFailed(turn, key, { code: `workflow.${which}-timeout`, message, retry: 'later' });
}

function heartbeat(turn: Turn, input: InputOf<'timerFired'>, key: string, task: TaskState): void {
  const interval = unitOf(turn.workflow, key).timeout.heartbeat ?? 0;
  const next = later(input.lastSeen ?? '1970-01-01T00:00:00.000Z', interval);
  if (next > turn.at) turn.commands.push({ kind: 'setTimer', key: input.key, dueAt: next });
  else timeOut(turn, key, task, 'heartbeat');
}

function waitOver(turn: Turn, key: string, task: TaskState & { status: 'WAITING' }): void {
  switch (task.wait.for) {
    case 'timer':
      return completeWaiting(turn, key, { firedAt: turn.at });
    case 'blocked':
      return lookAgain(turn, key, task);
    case 'approval':
      return expire(turn, key, 'approval-expired', `Nobody decided ${key} in time: start the run again.`);
    case 'signal':
      return expire(turn, key, 'signal-timeout', `The signal ${task.wait.name} did not come in time.`);
    case 'child':
      return expire(turn, key, 'child-timeout', `Run ${task.wait.child} did not end in time.`);
    case 'resolution':
      return undefined;
  }
}

const expire = (turn: Turn, key: string, code: string, message: string): void =>
  failForGood(turn, key, { code: `workflow.${code}`, message, retry: 'never' });
