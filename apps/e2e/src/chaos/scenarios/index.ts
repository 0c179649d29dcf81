import type { Scenario } from '../scenario.js';
import { brokerDies, storeDeleted } from './bus.js';
import { commitUnanswered, postgresRestarts } from './database.js';
import { orchestratorDies, workerDies, zombies } from './processes.js';

/** All faults, in the order of the catalogue. */
export const scenarios: readonly Scenario[] = [
  orchestratorDies,
  workerDies,
  brokerDies,
  storeDeleted,
  postgresRestarts,
  commitUnanswered,
  zombies,
];
