import { addBuckets } from './buckets.js';
import { addCosts } from './costs.js';
import { addDatabases } from './databases.js';
import { openDraft } from './draft.js';
import { addSpecialInstances } from './fleet.special.js';
import { addFleet } from './fleet.js';
import { addImages, addSnapshots } from './images.js';
import { addAddresses, addLoadBalancers } from './network.js';
import { addFunctions, addLogGroups } from './serverless.js';
import { addSpecialVolumes } from './volumes.special.js';
import type { World } from './world.js';

/**
 * A company of two accounts and three regions: equal for equal `(seed, now)`. `now` is epoch ms UTC; metrics and
 * costs end there. What was planted is in `truth`.
 */
export function generateWorld({ seed, now }: { seed: number; now: number }): World {
  const draft = openDraft(seed, now);
  addImages(draft);
  addFleet(draft);
  addSpecialInstances(draft);
  addSpecialVolumes(draft);
  addSnapshots(draft);
  addAddresses(draft);
  addLoadBalancers(draft);
  addDatabases(draft);
  addFunctions(draft);
  addLogGroups(draft);
  addBuckets(draft);
  addCosts(draft);
  draft.trail.sort((a, b) => a.eventTime - b.eventTime);
  return draft;
}
