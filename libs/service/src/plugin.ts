/** The door of plugins: what a plugin may add, and how plugins are loaded. */
export { definePlugin, PLATFORM_VERSION } from './plugins/plugin.js';
export type {
  CheckFacts,
  CheckVerdict,
  Plugin,
  PluginCheck,
  PluginContext,
  PluginEvents,
  PluginRequest,
  PluginRoute,
  PluginVerb,
  VerbContext,
} from './plugins/plugin.js';
export type { PlainContext, PlainTask } from './plain/plain-task.js';
export { loadPlugins, NO_PLUGINS, Plugins } from './plugins/loading.js';
export { pluginFailed } from './plugins/failures.js';
export { AppError } from '@trimtab/kernel';
