import { nearLimit } from '../domain/limits.js';
import type { NearLimit } from '../domain/limits.js';
import type { World } from './world.js';

/** Somebody is told of it, once; the run goes on, whatever becomes of telling. */
export function warnNear(
  { incidents, logger }: Pick<World, 'incidents' | 'logger'>,
  runId: string,
  partition: number,
  near: NearLimit | undefined,
): void {
  if (!near) return;
  logger.warn('a run comes near to a limit', { runId, ...near });
  incidents
    .raise(nearLimit(runId, partition, near))
    .catch((error: unknown) => logger.warn('an incident could not be raised', { error }));
}
