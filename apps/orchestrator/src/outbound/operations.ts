import { RunArchive } from '@trimtab/event-store';
import type { Artifacts } from '@trimtab/event-store';
import type { AnnouncementWorld } from './announcements.js';
import { Announcements } from './announcements.js';
import { Incidents } from './incidents.js';
import { OpenRuns } from './open-runs.js';
import { RunArchives } from './run-archives.js';
import { Schedules } from './schedules.js';
import { TriggerStates } from './trigger-states.js';

/** What surrounds the runs, on the tables of one schema. */
export interface Operations {
  readonly announcements: Announcements;
  readonly incidents: Incidents;
  readonly openRuns: OpenRuns;
  readonly archives: RunArchives;
  readonly schedules: Schedules;
  readonly triggerStates: TriggerStates;
}

export function openOperations(world: AnnouncementWorld & { readonly artifacts: Artifacts }): Operations {
  const { pool, schema, artifacts, newId } = world;
  const announcements = new Announcements(world);
  return {
    announcements,
    incidents: new Incidents(pool, schema, announcements, newId),
    schedules: new Schedules(pool, schema, announcements),
    triggerStates: new TriggerStates(pool, schema),
    openRuns: new OpenRuns(pool, schema),
    archives: new RunArchives(pool, schema, new RunArchive(pool, schema), artifacts, announcements, newId),
  };
}
