import { defineService } from '@trimtab/service';
import { config } from './config.js';
import { OrchestratorModule, OrchestratorStart } from './orchestrator.module.js';

export const service = defineService({
  name: 'orchestrator',
  config,
  module: OrchestratorModule.for,
  start: async (app) => {
    const orchestrator = await app.get(OrchestratorStart).start();
    return () => orchestrator.stop();
  },
});
