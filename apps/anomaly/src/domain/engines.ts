import type { Anomaly, AnomalySettings, CostFact } from '@trimtab/contracts';
import type { Detection } from './detect.js';
import { detect } from './detect.js';

export type Engine = (
  facts: readonly CostFact[],
  settings: AnomalySettings,
  asOf: string,
) => readonly Anomaly[];

/** Ways to find anomalies, by name. */
export abstract class Engines {
  /** Throws `plugin.unknown-engine`. */
  protected abstract find(name: string): Engine;

  /** What the engine of the settings finds; the frame of days and scopes is always that of the bill. */
  detect(facts: readonly CostFact[], settings: AnomalySettings, asOf: string): Detection {
    const detection = detect(facts, settings, asOf);
    if (settings.engine === 'built-in') return detection;
    return { ...detection, anomalies: this.find(settings.engine)(facts, settings, asOf) };
  }
}
