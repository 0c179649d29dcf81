import { AppError, toErrorInfo } from '@trimtab/kernel';
import type { ErrorInfo } from '@trimtab/kernel';
import type { ClaimedRecord } from '../domain/action-journal.js';
import {
  ended,
  fresh,
  intended,
  isHalfWayBack,
  isUntouched,
  logged,
  rollingBack,
} from '../domain/action-record.js';
import type { ActionRecord, FinalStatus } from '../domain/action-record.js';
import type { Procedure } from '../domain/action-definition.js';
import { definitionOf } from '../domain/actions/index.js';
import type { Difference, Facts } from '../domain/facts.js';
import { describeDifferences, differences, factsOfLive } from '../domain/facts.js';
import type { Live } from '../domain/target.js';
import { StepFailure } from './step-failure.js';
import { pause, StepWalk } from './step-walk.js';
import type { WalkParts } from './step-walk.js';

/**
 * One action from its preconditions to its verified end, or one rollback. The same code for dry run and live run:
 * only `parts.site` differs.
 */
export class ActionRunner {
  constructor(private readonly parts: WalkParts) {}

  /** Ends with a final status. What has one already is answered as it is, without another look at the cloud. */
  async run(actionId: string): Promise<ActionRecord> {
    const claimed = await this.claim(actionId);
    const { record } = claimed;
    if (!this.parts.site.lasting || isUntouched(record))
      return this.begin({ ...claimed, record: fresh(record) });
    if (record.status === 'acting') return this.carry(claimed);
    if (record.status === 'rolling-back' && record.error) return this.restore(claimed, record.error);
    return record;
  }

  /** Leaves the action undone, unless it was done before. */
  async skip(actionId: string, why: ErrorInfo): Promise<ActionRecord> {
    const claimed = await this.claim(actionId);
    if (this.parts.site.lasting && !isUntouched(claimed.record)) return claimed.record;
    return this.end({ ...claimed, record: fresh(claimed.record) }, 'skipped', why);
  }

  /** The way back of an action that was done; the caller has checked that there is one. */
  async rollBack(claimed: ClaimedRecord, request: string): Promise<ActionRecord> {
    const procedure = procedureOf(claimed.record);
    const resumes = isHalfWayBack(claimed.record);
    const changed = resumes ? [] : await this.compare(claimed.record, procedure.leaves);
    if (changed.length > 0) {
      const progress = { ...claimed.record.progress, request };
      return this.end(
        { ...claimed, record: { ...claimed.record, progress } },
        'rollback-failed',
        stateChanged(changed),
      );
    }
    const start = resumes
      ? { ...claimed.record, status: 'rolling-back' as const }
      : rollingBack(claimed.record, request);
    return this.wayBack({ ...claimed, record: start }, procedure);
  }

  private async wayBack(claimed: ClaimedRecord, procedure: Procedure): Promise<ActionRecord> {
    await this.parts.journal.save(claimed);
    const walk = new StepWalk(this.parts);
    try {
      const after = await walk.walk(claimed, procedure.rollback.steps);
      const wrong = await this.verify(after.record, procedure.rollback.restores ?? {});
      if (wrong.length > 0) return await this.end(after, 'rollback-failed', notVerified(wrong));
      return await this.end(after, 'rolled-back');
    } catch (error) {
      return this.end(walk.current ?? claimed, 'rollback-failed', failureOf(error).info);
    }
  }

  private async begin(claimed: ClaimedRecord): Promise<ActionRecord> {
    const { action } = claimed.record;
    const definition = definitionOf(action.action.kind);
    if (!definition) return this.end(claimed, 'skipped', noExecutor(action.action.kind));
    try {
      const live = await this.read(claimed.record);
      const changed = differences(action.preconditions, factsOfLive(definition.resourceType, live));
      if (live === undefined || changed.length > 0) {
        return await this.end(claimed, 'precondition-failed', stateChanged(changed));
      }
      const { resource, action: proposed } = action;
      const subject = {
        actionId: action.id,
        id: resource.id,
        parameters: proposed.parameters,
        before: live as never,
      };
      const procedure = { ...definition.procedure(subject), before: live };
      const intent = { ...claimed, record: intended(claimed.record, procedure) };
      await this.parts.journal.save(intent);
      return await this.carry(intent);
    } catch (error) {
      return this.end(claimed, 'failed', failureOf(error).info);
    }
  }

  private async carry(claimed: ClaimedRecord): Promise<ActionRecord> {
    const procedure = procedureOf(claimed.record);
    const walk = new StepWalk(this.parts);
    try {
      const after = await walk.walk(claimed, procedure.steps);
      const wrong = await this.verify(after.record, procedure.leaves);
      if (wrong.length > 0) return await this.end(after, 'verification-failed', notVerified(wrong));
      return await this.end(after, 'verified');
    } catch (error) {
      const { info, outcome } = failureOf(error);
      const at = walk.current ?? claimed;
      const half = outcome === 'not-done' && at.record.progress.position > 0;
      if (half && procedure.restoreOnFailure) return this.restore(at, info);
      return this.end(at, outcome === 'not-verified' ? 'verification-failed' : 'failed', info);
    }
  }

  /** Half done is worse than not done: back to the start, and the failure stays the outcome. */
  private async restore(claimed: ClaimedRecord, why: ErrorInfo): Promise<ActionRecord> {
    const resumes = claimed.record.status === 'rolling-back';
    const record = resumes ? claimed.record : { ...rollingBack(claimed.record, 'failure'), error: why };
    await this.parts.journal.save({ ...claimed, record });
    const walk = new StepWalk(this.parts);
    try {
      const after = await walk.walk({ ...claimed, record }, procedureOf(record).rollback.steps);
      return await this.end(this.noted(after, 'put back as it was'), 'failed', why);
    } catch (error) {
      const { info } = failureOf(error);
      const at = this.noted(walk.current ?? { ...claimed, record }, `not put back: ${info.message}`);
      return this.end(at, 'failed', { ...why, details: { ...why.details, restore: info.code } });
    }
  }

  private noted(claimed: ClaimedRecord, name: string): ClaimedRecord {
    return { ...claimed, record: logged(claimed.record, { name, at: this.parts.clock.now().toISOString() }) };
  }

  /** Reads until the facts hold or the time to wait is over. */
  private async verify(record: ActionRecord, expected: Facts): Promise<Difference[]> {
    const giveUpAt = performance.now() + this.parts.patience.waitMs;
    for (;;) {
      const wrong = await this.compare(record, expected);
      if (wrong.length === 0 || performance.now() >= giveUpAt) return wrong;
      await pause(this.parts.patience.pollMs, this.parts.context.signal);
    }
  }

  private async compare(record: ActionRecord, expected: Facts): Promise<Difference[]> {
    if (Object.keys(expected).length === 0) return [];
    const type = definitionOf(record.action.action.kind)?.resourceType;
    return type ? differences(expected, factsOfLive(type, await this.read(record))) : [];
  }

  private read({ action }: ActionRecord): Promise<Live | undefined> {
    const type = definitionOf(action.action.kind)?.resourceType;
    return this.parts.site.read(type ? { by: 'id', type, id: action.resource.id } : { by: 'nothing' });
  }

  private async claim(actionId: string): Promise<ClaimedRecord> {
    const claimed = await this.parts.journal.claim(actionId);
    if (claimed) return claimed;
    throw new AppError('execution.unknown-action', `Action ${actionId} was not planned here: plan again.`);
  }

  private async end(claimed: ClaimedRecord, status: FinalStatus, error?: ErrorInfo): Promise<ActionRecord> {
    const record = ended(claimed.record, status, error);
    await this.parts.journal.save({ ...claimed, record });
    return record;
  }
}

function procedureOf({ action, procedure }: ActionRecord): Procedure {
  if (procedure) return procedure;
  throw new AppError(
    'execution.no-intent',
    `Action ${action.id} has no recorded intent: nothing can go on from it.`,
  );
}

/** A failure of the action; anything that may pass, or that is no failure of the action, is thrown on. */
function failureOf(error: unknown): StepFailure {
  if (error instanceof StepFailure) return error;
  if (error instanceof AppError && error.code.startsWith('cloud.') && error.retry === 'never') {
    return new StepFailure(toErrorInfo(error));
  }
  throw error;
}

const stateChanged = (changed: readonly Difference[]): ErrorInfo => ({
  code: 'execution.state-changed',
  message: `Nothing was done, because ${describeDifferences(changed)}: scan and plan again.`,
  retry: 'never',
  details: { changed },
});

const notVerified = (wrong: readonly Difference[]): ErrorInfo => ({
  code: 'execution.not-verified',
  message: `The state is not what was asked for: ${describeDifferences(wrong)}. Look at the resource.`,
  retry: 'never',
  details: { wrong },
});

const noExecutor = (kind: string): ErrorInfo => ({
  code: 'execution.no-executor',
  message: `This version cannot do ${kind}: use the version that planned it.`,
  retry: 'never',
});
