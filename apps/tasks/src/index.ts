import { taskContracts } from '@trimtab/contracts';
import { defineService } from '@trimtab/service';
import { config } from './config.js';
import { startPluginEvents } from './inbound/plugin-events.js';
import { pluginContracts } from './inbound/plugin-tasks.js';
import { TasksModule } from './tasks.module.js';

export const service = defineService({
  name: 'tasks',
  config,
  module: TasksModule.for,
  contracts: ({ plugins }) => ({ ...taskContracts, ...pluginContracts(plugins) }),
  start: (_app, runtime) => startPluginEvents(runtime),
});
