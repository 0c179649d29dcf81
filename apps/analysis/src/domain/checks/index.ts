import type { Check } from '../check.js';
import { idleInstance, stoppedInstance } from './compute.js';
import { databaseStorage, idleDatabase } from './databases.js';
import { emptyLoadBalancer, unboundedLogGroup, unusedFunction } from './edge-and-serverless.js';
import { previousGeneration } from './generation.js';
import { rightSize } from './right-sizing.js';
import { bucketWithoutLifecycle, idleAddress, incompleteUploads, orphanSnapshot } from './storage.js';
import { gp2Volume, provisionedVolume, unattachedVolume } from './volumes.js';

/** Every check that ships; a new one is added here and nowhere else. */
export const catalogue = [
  idleInstance,
  rightSize,
  stoppedInstance,
  previousGeneration,
  unattachedVolume,
  gp2Volume,
  provisionedVolume,
  orphanSnapshot,
  idleAddress,
  idleDatabase,
  databaseStorage,
  unusedFunction,
  bucketWithoutLifecycle,
  incompleteUploads,
  emptyLoadBalancer,
  unboundedLogGroup,
] as unknown as readonly Check[];
