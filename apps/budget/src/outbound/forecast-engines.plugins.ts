import { NO_PLUGINS, pluginFailed } from '@trimtab/service/plugin';
import type { Plugins } from '@trimtab/service/plugin';
import { z } from 'zod';
import { ForecastEngines } from '../domain/forecast-engines.js';
import type { ForecastEngine } from '../domain/outlook.js';

export class PluginForecastEngines extends ForecastEngines {
  constructor(private readonly plugins: Plugins = NO_PLUGINS) {
    super();
  }

  override find(name: string): ForecastEngine | undefined {
    if (name === 'built-in') return undefined;
    const { plugin, run } = this.plugins.engine('forecastEngines', name);
    return (history, horizon) => {
      try {
        const days = z.array(z.number()).length(horizon);
        const forecast = z.union([days, z.object({ expected: days, low: days, high: days })]);
        const found = forecast.parse(run(history, horizon));
        return Array.isArray(found) ? { expected: found, low: found, high: found } : found;
      } catch (error) {
        throw pluginFailed(plugin, `the forecast engine ${name}`, error);
      }
    };
  }
}
