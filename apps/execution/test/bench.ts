import { MemoryCloudProvider } from '@trimtab/cloud/testing';
import type { MemoryScope } from '@trimtab/cloud/testing';
import { MemoryArtifacts } from '@trimtab/event-store/testing';
import type { Sql } from '@trimtab/event-store';
import { AppError } from '@trimtab/kernel';
import { Breadth } from '../src/handlers/breadth.js';
import { MemoryActionJournal } from '../src/outbound/action-journal.memory.js';
import { accountId, region } from './arrange.js';
import { Workshop } from './workshop.js';

/** What ends a worker: no error that it could handle. */
export const crash = new AppError('spec.crash', 'the process is gone');
export const lost = new AppError('cloud.unavailable', 'no answer', { retry: 'later' });
export const refused = new AppError('cloud.refused', 'no capacity');

/** A service over a cloud in memory. */
export function setUp(breadth = new Breadth(1, 1)) {
  const clouds = new MemoryCloudProvider();
  const journal = new MemoryActionJournal();
  const commit = (write: (tx: Sql) => Promise<void>): Promise<void> => write({} as Sql);
  const workshop = new Workshop({ artifacts: new MemoryArtifacts(), journal, clouds, commit, breadth });
  const world = clouds.cloud.world;
  const scope: MemoryScope = world.at({ accountId, region });
  const sent = (): string[] => world.effects.map((effect) => effect.operation);
  return { workshop, world, scope, journal, sent };
}

/** Repeats what a crash ended, as the broker's redelivery does. */
export async function untilItAnswers<T>(work: () => Promise<T>): Promise<T> {
  for (let delivery = 1; ; delivery += 1) {
    try {
      return await work();
    } catch (error) {
      if (error !== crash || delivery > 5) throw error;
    }
  }
}
