import type { ActionKind } from '@trimtab/contracts';
import type { ActionDefinition } from '../action-definition.js';
import { modifyDatabaseStorage, stopDatabase } from './databases.js';
import { resizeInstance, stopInstance, terminateInstance } from './instances.js';
import { deleteLoadBalancer, releaseAddress } from './network.js';
import { putLifecycle, putRetention, reserveZeroConcurrency } from './serverless.js';
import { deleteSnapshot, deleteVolume, modifyVolume } from './volumes.js';

/** Every kind of action that has an executor. */
export const actionDefinitions: readonly ActionDefinition[] = [
  stopInstance,
  terminateInstance,
  resizeInstance,
  deleteVolume,
  modifyVolume,
  deleteSnapshot,
  releaseAddress,
  stopDatabase,
  modifyDatabaseStorage,
  reserveZeroConcurrency,
  putLifecycle,
  deleteLoadBalancer,
  putRetention,
];

const byKind = new Map<string, ActionDefinition>(actionDefinitions.map((one) => [one.kind, one]));

export const definitionOf = (kind: ActionKind): ActionDefinition | undefined => byKind.get(kind);
