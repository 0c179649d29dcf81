import { Anomaly } from '@trimtab/contracts';
import { NO_PLUGINS, pluginFailed } from '@trimtab/service/plugin';
import type { Plugins } from '@trimtab/service/plugin';
import { z } from 'zod';
import { Engines } from '../domain/engines.js';
import type { Engine } from '../domain/engines.js';

export class PluginEngines extends Engines {
  constructor(private readonly plugins: Plugins = NO_PLUGINS) {
    super();
  }

  protected override find(name: string): Engine {
    const { plugin, run } = this.plugins.engine('anomalyEngines', name);
    return (...given) => {
      try {
        return z.array(Anomaly).parse(run(...given));
      } catch (error) {
        throw pluginFailed(plugin, `the anomaly engine ${name}`, error);
      }
    };
  }
}
