import type { Scenario } from '../scenario.js';
import { orchestratorDies, workerDies } from './processes.js';

/** All faults, in the order of the catalogue. */
export const scenarios: readonly Scenario[] = [orchestratorDies, workerDies];
