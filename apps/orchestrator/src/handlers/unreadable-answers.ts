import { partitionOf } from '@trimtab/kernel';
import type { ErrorInfo } from '@trimtab/kernel';
import type { LiveRun } from '../domain/live-run.js';
import type { AnswerOrigin } from '../domain/task-messages.js';
import type { World } from './world.js';

/** A worker keeps its answer: asked again it says the same. One more time is for a message that was spoilt on its way. */
const ASKED_ENOUGH = 2;

/**
 * An answer that cannot be read was buried. The attempt fails when its command was sent often enough, so that the retry
 * policy has its say; until then the sweeper asks again.
 */
export async function failUnreadable(
  { log, owned, clock }: Pick<World, 'log' | 'owned' | 'clock'>,
  origin: AnswerOrigin,
  why: string,
): Promise<void> {
  const { runId } = origin;
  const runs = owned(partitionOf(runId, log.partitionCount));
  const run = runs?.memory.get(runId) ?? (await runs?.memory.find(runId));
  const sent = run && commandOf(run, origin);
  if (!runs || !sent || sent.number < ASKED_ENOUGH) return;
  const at = clock.now().toISOString();
  await runs.answer({
    ...{ runId, task: sent.task, attempt: sent.attempt, claim: Number.MAX_SAFE_INTEGER },
    ...{ outcome: { kind: 'failed', error: invalid(why) }, startedAt: at, endedAt: at, worker: 'unknown' },
  });
}

/** The command that was answered: the one that is named, else the only one that is out. */
function commandOf(run: LiveRun, { task, attempt }: AnswerOrigin) {
  const out = [...run.sends].filter(
    ([key, { child, turn }]) => !child && turn !== 'waiting' && (task ?? key) === key,
  );
  const [first, ...others] = out.map(([key, { attempt, number }]) => ({ task: key, attempt, number }));
  return first && others.length === 0 && first.attempt === (attempt ?? first.attempt) ? first : undefined;
}

const invalid = (why: string): ErrorInfo => ({
  code: 'result.invalid',
  message: `The answers of the worker cannot be read (${why}): see the dead letters, and correct what the worker sends.`,
  retry: 'later',
});
