import { AppError } from '@trimtab/kernel';
import type { BareInput } from '../domain/people.js';
import { replay } from './run-loader.js';
import type { World } from './world.js';

/** Why an input reaches no run: there is none, or it has ended; a late decision is told who won. */
export async function absence(world: World, runId: string, input: BareInput): Promise<AppError> {
  const row = await world.log.run(runId);
  if (!row) return new AppError('run.unknown', `There is no run ${runId}: check its id.`);
  const late = input.kind === 'decision' ? await decided(world, runId, input.task) : undefined;
  return late ?? ended(runId, row.status);
}

const ended = (runId: string, status: string): AppError =>
  new AppError(
    'workflow.run-ended',
    `Run ${runId} has ended (${status}): \`trimtab runs retry ${runId}\` does it again as a new run.`,
    { details: { status } },
  );

async function decided(world: World, runId: string, task: string): Promise<AppError | undefined> {
  const won = (await replay(world, runId))?.state.decisions.get(task);
  if (!won) return undefined;
  const how = won.granted ? 'granted' : 'rejected';
  const message = `${task} was ${how} by ${won.by.id} at ${won.at}.`;
  return new AppError('workflow.approval-decided', message, { details: { ...won } });
}
