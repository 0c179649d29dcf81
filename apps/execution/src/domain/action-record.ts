import type { ActionResult, PlannedAction } from '@trimtab/contracts';
import type { ErrorInfo } from '@trimtab/kernel';
import { AppError } from '@trimtab/kernel';
import type { Procedure } from './action-definition.js';
import type { Outputs } from './step.js';
import { describeStep } from './step.js';

export type FinalStatus = ActionResult['status'];
/** `acting` and `rolling-back`: an intent is recorded and its outcome is not. */
export type RecordStatus = FinalStatus | 'acting' | 'rolling-back';

export interface LogEntry {
  readonly name: string;
  readonly at: string;
  readonly detail?: string;
}

/** How far the steps of the procedure (or of its way back) have come. `begun` = the step's effect may have been sent. */
export interface Progress {
  /** Who asked for the way back. */
  readonly request?: string;
  readonly way: 'there' | 'back';
  readonly position: number;
  readonly begun: boolean;
  readonly outputs: Outputs;
}

/** All that is known about one action; every change is a new value. */
export interface ActionRecord {
  readonly planId: string;
  readonly runId: string;
  readonly mode: ActionResult['mode'];
  readonly action: PlannedAction;
  readonly status: RecordStatus;
  readonly procedure: Procedure | null;
  readonly progress: Progress;
  readonly log: readonly LogEntry[];
  readonly error?: ErrorInfo;
}

const START: Progress = { way: 'there', position: 0, begun: false, outputs: {} };

export const planned = (
  planId: string,
  runId: string,
  mode: ActionResult['mode'],
  action: PlannedAction,
): ActionRecord => ({
  planId,
  runId,
  mode,
  action,
  status: 'planned',
  procedure: null,
  progress: START,
  log: [],
});

/** Nothing was done to the resource yet: it may be looked at again. */
export const isUntouched = ({ status }: ActionRecord): boolean =>
  status === 'planned' || status === 'skipped' || status === 'precondition-failed';

export const fresh = (record: ActionRecord): ActionRecord =>
  planned(record.planId, record.runId, record.mode, record.action);

/** The intent, to be stored before the first effect. */
export const intended = (record: ActionRecord, procedure: Procedure): ActionRecord => ({
  ...record,
  status: 'acting',
  procedure,
  progress: START,
});

export const rollingBack = (record: ActionRecord, request: string): ActionRecord => ({
  ...without(record),
  status: 'rolling-back',
  progress: { ...START, way: 'back', request, outputs: record.progress.outputs },
});

export const stepBegun = (record: ActionRecord): ActionRecord => ({
  ...record,
  progress: { ...record.progress, begun: true },
});

export const stepMade = (record: ActionRecord, outputs: Outputs): ActionRecord => ({
  ...record,
  progress: { ...record.progress, outputs: { ...record.progress.outputs, ...outputs } },
});

export const stepDone = (record: ActionRecord, entry: LogEntry): ActionRecord => ({
  ...logged(record, entry),
  progress: { ...record.progress, position: record.progress.position + 1, begun: false },
});

export const logged = (record: ActionRecord, entry: LogEntry): ActionRecord => ({
  ...record,
  log: [...record.log, entry],
});

export const ended = (record: ActionRecord, status: FinalStatus, error?: ErrorInfo): ActionRecord => ({
  ...without(record),
  status,
  ...(error === undefined ? {} : { error }),
});

/** Part of the way back was taken and then failed: the next attempt goes on from there. */
export const isHalfWayBack = ({ status, progress }: ActionRecord): boolean =>
  (status === 'rollback-failed' || status === 'rolling-back') && progress.way === 'back';

/** The request that rolled it back has been here before: its answer is the outcome that is recorded. */
export const isAnswered = ({ status, progress }: ActionRecord, request: string): boolean =>
  (status === 'rolled-back' || status === 'rollback-failed') && progress.request === request;

/** Why an action cannot be rolled back; undefined = it can be tried. */
export function noRollback(record: ActionRecord): ErrorInfo | undefined {
  const { action, status, mode, procedure } = record;
  if (mode === 'dry-run') return no('was-simulated', `Action ${action.id} was only simulated.`);
  if (status === 'rolled-back')
    return no('already-rolled-back', `Action ${action.id} was rolled back before.`);
  if (!procedure || didNothing(record)) return no('nothing-done', `Action ${action.id} changed nothing.`);
  if (status === 'acting' || record.error?.code === 'execution.outcome-unknown') {
    return no(
      'outcome-unknown',
      `What action ${action.id} did is not known yet: look at the resource first.`,
    );
  }
  const { possible, note = 'There is no way back.' } = procedure.rollback;
  return possible ? undefined : no('no-way-back', note);
}

const no = (code: string, message: string): ErrorInfo => ({
  code: `execution.${code}`,
  message,
  retry: 'never',
});

/** Untouched, failed at the first step, or put back after a failure half-way. */
const didNothing = (record: ActionRecord): boolean =>
  isUntouched(record) ||
  (record.status === 'failed' && (record.progress.position === 0 || record.progress.way === 'back'));

const without = ({ error: _error, ...record }: ActionRecord): ActionRecord => record;

/** The result as it is published. Throws `execution.unfinished` while an outcome is open. */
export function resultOf(record: ActionRecord): ActionResult {
  const { action, status, procedure, mode } = record;
  if (status === 'acting' || status === 'rolling-back') {
    throw new AppError('execution.unfinished', `Action ${action.id} is still ${status}.`, { retry: 'later' });
  }
  const { possible = false, steps = [], note } = procedure?.rollback ?? { note: 'Nothing was done.' };
  return {
    actionId: action.id,
    recommendationId: action.recommendationId,
    resourceArn: action.resource.arn,
    kind: action.action.kind,
    mode,
    status,
    rollback: { possible, steps: steps.map(describeStep), ...(note === undefined ? {} : { note }) },
    steps: record.log.map((entry) => ({ ...entry })),
    monthlySavings: action.monthlySavings,
    ...(record.error === undefined
      ? {}
      : { error: { ...record.error, details: plainDetails(record.error) } }),
  };
}

const plainDetails = ({ details }: ErrorInfo): Record<string, unknown> | undefined =>
  details && { ...details };
