import type { OptimizationSettings, Recommendation } from '@trimtab/contracts';
import type { Check } from './check.js';

/** Every check that may run, and the engines that may choose among what they find. */
export abstract class Catalogue {
  abstract readonly checks: readonly Check[];
  /** Which recommendations stand, and in which order, by the engine of the settings. */
  abstract choose(
    found: readonly Recommendation[],
    settings: OptimizationSettings,
  ): readonly Recommendation[];
}
