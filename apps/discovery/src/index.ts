import { CloudProvider } from '@trimtab/cloud';
import { defineService } from '@trimtab/service';
import { config } from './config.js';
import { DiscoveryModule } from './discovery.module.js';
import { answerImports } from './inbound/import-costs.responder.js';
import { migrations } from './outbound/migrations.js';

export const service = defineService({
  name: 'discovery',
  config,
  module: DiscoveryModule.for,
  migrations,
  start: async (app, runtime) => {
    const stop = await answerImports(app, runtime);
    return async () => {
      await stop();
      app.get(CloudProvider).close();
    };
  },
});
