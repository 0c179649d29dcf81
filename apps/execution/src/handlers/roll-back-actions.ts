import { Command, CommandHandler } from '@nestjs/cqrs';
import type { ICommandHandler } from '@nestjs/cqrs';
import type { ActionResult, TaskInput, TaskOutput } from '@trimtab/contracts';
import { AppError, Clock } from '@trimtab/kernel';
import type { ErrorInfo } from '@trimtab/kernel';
import type { Task, TaskContext, TaskOutcome } from '@trimtab/service';
import { ActionJournal } from '../domain/action-journal.js';
import { isAnswered, noRollback, resultOf } from '../domain/action-record.js';
import type { ActionRecord } from '../domain/action-record.js';
import { accountUnknown } from '../domain/belts.js';
import { Sites } from '../domain/site.js';
import { eventOf } from './action-events.js';
import { ActionRunner } from './action-runner.js';
import { Patience } from './patience.js';

type Input = TaskInput<'execution.rollback'>;
type Output = TaskOutput<'execution.rollback'>;

/** Take the recorded way back of actions that were carried out. */
export class RollBackActions extends Command<TaskOutcome<Output>> {
  constructor(
    readonly task: Task<Input>,
    readonly context: TaskContext,
  ) {
    super();
  }
}

interface Outcome {
  readonly runId: string;
  readonly result: ActionResult;
  /** Refusals change nothing, so nobody is told of them but the one who asked. */
  readonly refused: boolean;
}

@CommandHandler(RollBackActions)
export class RollBackActionsHandler implements ICommandHandler<RollBackActions> {
  constructor(
    private readonly journal: ActionJournal,
    private readonly sites: Sites,
    private readonly patience: Patience,
    private readonly clock: Clock,
  ) {}

  async execute({ task, context }: RollBackActions): Promise<TaskOutcome<Output>> {
    const records = await Promise.all([...new Set(task.input.actionIds)].map((id) => this.find(id)));
    const outcomes: Outcome[] = [];
    for (const record of records) {
      outcomes.push(await this.one(record, task, context));
      context.progress(outcomes.length, records.length);
    }
    return {
      output: { results: outcomes.map((one) => one.result) },
      events: outcomes.flatMap(({ refused, runId, result }) => (refused ? [] : [eventOf(runId, result)])),
    };
  }

  private async one(record: ActionRecord, task: Task<Input>, context: TaskContext): Promise<Outcome> {
    const { runId, action } = record;
    const { cloud } = task.input;
    const request = `${task.runId}/${task.taskId}`;
    if (isAnswered(record, request)) return { runId, result: resultOf(record), refused: false };
    const refusal = noRollback(record) ?? accountUnknown(action, cloud);
    if (refusal) return { runId, result: refusedResult(record, refusal), refused: true };

    const claimed = await this.journal.claim(action.id);
    if (!claimed) throw unknown(action.id);
    const late = noRollback(claimed.record);
    if (late) return { runId, result: refusedResult(claimed.record, late), refused: true };
    const site = this.sites.open(cloud, 'live').at(action.resource.accountId, action.resource.region);
    const { journal, patience, clock } = this;
    const runner = new ActionRunner({ site, journal, context, patience, clock });
    return { runId, result: resultOf(await runner.rollBack(claimed, request)), refused: false };
  }

  private async find(actionId: string): Promise<ActionRecord> {
    const found = await this.journal.find(actionId);
    if (!found) throw unknown(actionId);
    return found;
  }
}

const unknown = (actionId: string): AppError =>
  new AppError('execution.unknown-action', `There is no action ${actionId}: the results of its run name it.`);

/** An action whose outcome is open shows as failed until it is resolved. */
function refusedResult(record: ActionRecord, { code, message, retry }: ErrorInfo): ActionResult {
  const open = record.status === 'acting' || record.status === 'rolling-back';
  return { ...resultOf(open ? { ...record, status: 'failed' } : record), error: { code, message, retry } };
}
