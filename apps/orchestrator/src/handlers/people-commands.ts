import type { PeopleCommand, PeopleReply, PeopleRequest } from '@trimtab/contracts';
import type { EventLog } from '@trimtab/event-store';
import { AppError, partitionOf } from '@trimtab/kernel';
import type { Logger } from '@trimtab/observability';
import { snapshotOf } from '@trimtab/workflow';
import { fitting, nearPayload } from '../domain/limits.js';
import type { EngineLimits } from '../domain/limits.js';
import { askedBy, inputOfCommand, person } from '../domain/people.js';
import type { RunCommand } from '../domain/people.js';
import { streamOf } from '../domain/stored-run-event.js';
import type { Definitions } from '../outbound/definitions.js';
import type { DefinitionCommand } from './definition-answers.js';
import { operationAnswers } from './operation-answers.js';
import type { OperationWorld } from './operation-answers.js';
import { inputFor, runIdFor } from './new-run.js';
import { warnNear } from './near-limits.js';
import { parse } from './parsing.js';
import { replay } from './run-loader.js';
import { steeringAnswers } from './steering-answers.js';
import type { SteeringView } from './steering-answers.js';
import { scheduleAnswers } from './schedule-commands.js';
import type { ScheduleWorld } from './schedule-commands.js';
import type { RunRouter } from './world.js';

type Answers = {
  readonly [C in Exclude<PeopleCommand, DefinitionCommand>]: (data: unknown) => Promise<PeopleReply<C>>;
};

export interface PeopleWorld extends OperationWorld, ScheduleWorld, SteeringView {
  readonly router: RunRouter;
  readonly log: EventLog;
  readonly definitions: Definitions;
  readonly limits: EngineLimits;
  readonly logger: Logger;
}

/** People's commands, answered after the commit of the run's owner. Throws `people.invalid` and the owner's refusals. */
export function peopleAnswers(world: PeopleWorld): Answers {
  const change = async <C extends RunCommand>(command: C, request: PeopleRequest<C>) => {
    const { runId, idempotencyKey } = request;
    const input = inputOfCommand(command, request);
    const key = `${command}/${runId}/${idempotencyKey}`;
    return world.router.ask({ kind: 'input', runId, key, input, asked: askedBy(command, request) });
  };
  return {
    'start-run': (data) => start(world, parse('start-run', data)),
    'cancel-run': (data) => change('cancel-run', parse('cancel-run', data)),
    'pause-run': (data) => change('pause-run', parse('pause-run', data)),
    'resume-run': (data) => change('resume-run', parse('resume-run', data)),
    'terminate-run': (data) => change('terminate-run', parse('terminate-run', data)),
    'signal-run': async (data) => {
      const request = parse('signal-run', data);
      const bytes = fitting('The signal', request.payload, world.limits);
      const answer = await change('signal-run', request);
      warnOfSize(world, request.runId, bytes);
      return answer;
    },
    'retry-task': (data) => change('retry-task', parse('retry-task', data)),
    'skip-task': (data) => change('skip-task', parse('skip-task', data)),
    'restart-run': (data) => restart(world, parse('restart-run', data)),
    'decide-approval': async (data) => {
      const request = parse('decide-approval', data);
      const { runId, taskId, decision, actor } = request;
      await change('decide-approval', request);
      return { runId, taskId, status: decision === 'grant' ? 'granted' : 'rejected', decidedBy: actor };
    },
    ...operationAnswers(world),
    ...steeringAnswers(world),
    ...scheduleAnswers(world),
    'show-run': (data) => show(world, parse('show-run', data).runId),
  };
}

async function start(
  world: PeopleWorld,
  request: PeopleRequest<'start-run'>,
): Promise<PeopleReply<'start-run'>> {
  const { workflow, labels, actor, idempotencyKey } = request;
  const number = request.version === undefined ? undefined : String(request.version);
  const version = request.workflowVersion ?? number;
  await world.definitions.find(workflow, version);
  const bytes = fitting('The input of the run', request.input, world.limits);
  const input = inputFor(workflow, request.input);
  const runId = runIdFor(idempotencyKey);
  const by = person(actor);
  const answer = await world.router.ask({ kind: 'start', runId, workflow, version, input, labels, by });
  warnOfSize(world, runId, bytes);
  return answer;
}

const warnOfSize = (world: PeopleWorld, runId: string, bytes: number): void =>
  warnNear(world, runId, partitionOf(runId, world.log.partitionCount), nearPayload(bytes, world.limits));

/** First the new run, then the note in the old one: a crash between them is mended by the repetition of the command. */
async function restart(
  world: PeopleWorld,
  { runId: of, from, input, actor, reason, idempotencyKey }: PeopleRequest<'restart-run'>,
): Promise<PeopleReply<'restart-run'>> {
  const found = await replay(world, of);
  if (!found) throw unknownRun(of);
  const edited = input === undefined ? undefined : inputFor(found.workflow.definition.name, input);
  const runId = runIdFor(`restart/${of}/${idempotencyKey}`);
  const by = person(actor);
  const started = await world.router.ask({ kind: 'restart', runId, of, from, input: edited, by });
  const asked = { command: 'restart-run', actor, reason, task: from };
  const key = `restart-run/${of}/${idempotencyKey}`;
  await world.router.ask({ kind: 'link', runId: of, key, as: runId, from, by, asked });
  return { ...started, restartOf: of };
}

async function show(world: PeopleWorld, runId: string): Promise<PeopleReply<'show-run'>> {
  const found = await replay(world, runId);
  if (!found) throw unknownRun(runId);
  return { runId, state: snapshotOf(found.state), events: await world.log.readStream(streamOf(runId)) };
}

const unknownRun = (runId: string): AppError =>
  new AppError('run.unknown', `There is no run ${runId}: check its id.`);
