import type { Scenario } from '../scenario.js';
import { brokerDies, storeDeleted } from './bus.js';
import { nobodyHealthy, oneIsSlow } from './capacity.js';
import { clockJumps } from './clock.js';
import { commitUnanswered, postgresRestarts } from './database.js';
import { conditionsBreak, largeWorkflows } from './load.js';
import { definitionsChange } from './definitions.js';
import { messagesRepeated, poisoned, schemaSkew } from './messages.js';
import { oversized } from './payloads.js';
import { collectorSick } from './observability.js';
import { brokerTakesAway } from './permissions.js';
import { projectionsRebuilt } from './projections.js';
import { schedulerAway } from './time.js';
import { upgrade } from './versions.js';
import { oneSided } from './visibility.js';
import { dryRun } from './dry-run.js';
import { diskFull } from './disk.js';
import { approvals, commandsAtOnce, lateHeartbeat } from './people.js';
import { orchestratorDies, workerDies, zombies } from './processes.js';
import { coldStart, rollingRestart } from './restarts.js';
import { compensationBreaks } from './saga.js';

/** All faults, in the order of the catalogue. */
export const scenarios: readonly Scenario[] = [
  orchestratorDies,
  workerDies,
  coldStart,
  rollingRestart,
  brokerDies,
  storeDeleted,
  postgresRestarts,
  commitUnanswered,
  oneSided,
  messagesRepeated,
  poisoned,
  oversized,
  schemaSkew,
  definitionsChange,
  approvals,
  commandsAtOnce,
  zombies,
  lateHeartbeat,
  clockJumps,
  schedulerAway,
  oneIsSlow,
  largeWorkflows,
  conditionsBreak,
  compensationBreaks,
  nobodyHealthy,
  collectorSick,
  projectionsRebuilt,
  brokerTakesAway,
  dryRun,
  diskFull,
  upgrade,
];
