import { Recommendation } from '@trimtab/contracts';
import type { OptimizationSettings } from '@trimtab/contracts';
import { pluginFailed } from '@trimtab/service/plugin';
import type { PluginCheck, Plugins } from '@trimtab/service/plugin';
import { z } from 'zod';
import { Catalogue } from '../domain/catalogue.js';
import type { Check } from '../domain/check.js';
import { undecided } from '../domain/check.js';
import { catalogue } from '../domain/checks/index.js';

/** The checks that ship, with those of the plugins. */
export class PluginCatalogue extends Catalogue {
  readonly checks: readonly Check[];

  constructor(private readonly plugins: Plugins) {
    super();
    const more = plugins.all.flatMap(({ name, checks = [] }) => checks.map((check) => guarded(name, check)));
    this.checks = [...catalogue, ...more];
  }

  override choose(
    found: readonly Recommendation[],
    settings: OptimizationSettings,
  ): readonly Recommendation[] {
    if (settings.engine === 'built-in') return found;
    const { plugin, run } = this.plugins.engine('optimizationEngines', settings.engine);
    try {
      return z.array(Recommendation).parse(run(found, settings));
    } catch (error) {
      throw pluginFailed(plugin, `the optimization engine ${settings.engine}`, error);
    }
  }
}

/** A check that throws leaves its resource undecided, which is counted and reported. */
function guarded(plugin: string, check: PluginCheck): Check {
  const failed = (error: unknown): string => pluginFailed(plugin, `the check ${check.id}`, error).message;
  return {
    ...check,
    concerns: (resource, facts, limits) => {
      try {
        return check.concerns?.(resource, facts, limits) ?? true;
      } catch {
        // `judge` will say what is wrong.
        return true;
      }
    },
    judge: (resource, facts, limits) => {
      try {
        return check.judge(resource, facts, limits);
      } catch (error) {
        return undecided(failed(error));
      }
    },
  } as Check;
}
