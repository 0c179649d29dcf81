import { createHash } from 'node:crypto';
import { OptimizeInput } from '@trimtab/contracts';
import type { PeopleCommand, PeopleReply, PeopleRequest } from '@trimtab/contracts';
import type { EventLog } from '@trimtab/event-store';
import { AppError } from '@trimtab/kernel';
import type { Json } from '@trimtab/kernel';
import { snapshotOf } from '@trimtab/workflow';
import type { z } from 'zod';
import { assertFits } from '../domain/limits.js';
import type { EngineLimits } from '../domain/limits.js';
import { askedBy, inputOfCommand, person } from '../domain/people.js';
import type { RunCommand } from '../domain/people.js';
import { streamOf } from '../domain/stored-run-event.js';
import type { Definitions } from '../outbound/definitions.js';
import type { DefinitionCommand } from './definition-answers.js';
import { operationAnswers } from './operation-answers.js';
import type { OperationWorld } from './operation-answers.js';
import { parse, checked } from './parsing.js';
import { replay } from './run-loader.js';
import type { RunRouter } from './world.js';

/** Inputs that contracts describe: defaults are filled in and every problem is told at once. */
const inputs: Readonly<Record<string, z.ZodType>> = { optimize: OptimizeInput };

type Answers = {
  readonly [C in Exclude<PeopleCommand, DefinitionCommand>]: (data: unknown) => Promise<PeopleReply<C>>;
};

export interface PeopleWorld extends OperationWorld {
  readonly router: RunRouter;
  readonly log: EventLog;
  readonly definitions: Definitions;
  readonly limits: EngineLimits;
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
      assertFits('The signal', request.payload, world.limits);
      return change('signal-run', request);
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
    'show-run': (data) => show(world, parse('show-run', data).runId),
  };
}

async function start(
  { router, definitions, limits }: PeopleWorld,
  request: PeopleRequest<'start-run'>,
): Promise<PeopleReply<'start-run'>> {
  const { workflow, labels, actor, idempotencyKey } = request;
  const version = request.version === undefined ? undefined : String(request.version);
  await definitions.find(workflow, version);
  assertFits('The input of the run', request.input, limits);
  const input = inputFor(workflow, request.input);
  const runId = runIdFor(idempotencyKey);
  return router.ask({ kind: 'start', runId, workflow, version, input, labels, by: person(actor) });
}

/** An input that its contract accepts, defaults filled in. Throws `people.invalid`. */
export function inputFor(workflow: string, input: unknown): Json {
  const schema = inputs[workflow];
  return (schema ? checked(schema, input, 'input') : (input ?? {})) as Json;
}

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

/** A repeated start with the same key is the same run, whichever instance is asked. A UUID of version 8 (RFC 9562). */
export function runIdFor(idempotencyKey: string): string {
  const hex = createHash('sha256').update(`start-run/${idempotencyKey}`).digest('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}
