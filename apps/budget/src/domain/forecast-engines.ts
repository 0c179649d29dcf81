import type { ForecastEngine } from './outlook.js';

/** Ways to forecast, by name. */
export abstract class ForecastEngines {
  /** Undefined for `built-in`. Throws `plugin.unknown-engine`. */
  abstract find(name: string): ForecastEngine | undefined;
}
