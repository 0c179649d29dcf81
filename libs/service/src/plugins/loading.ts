import { existsSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { isAbsolute, join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { AppError } from '@trimtab/kernel';
import type { Plugin } from './plugin.js';
import { problemsOf } from './validation.js';

/** The plugins of a process. */
export class Plugins {
  constructor(readonly all: readonly Plugin[]) {}

  /** The engine of that name with the plugin that brings it. Throws `plugin.unknown-engine` (never). */
  engine<Kind extends 'anomalyEngines' | 'forecastEngines' | 'optimizationEngines'>(
    kind: Kind,
    name: string,
  ): { plugin: string; run: NonNullable<Plugin[Kind]>[string] } {
    for (const plugin of this.all) {
      const engines = plugin[kind] as NonNullable<Plugin[Kind]> | undefined;
      if (engines && Object.hasOwn(engines, name))
        return { plugin: plugin.name, run: engines[name] as NonNullable<Plugin[Kind]>[string] };
    }
    const known = this.all.flatMap((plugin) => Object.keys(plugin[kind] ?? {}));
    throw new AppError(
      'plugin.unknown-engine',
      `No plugin has the engine "${name}" (${kind}; known: ${['built-in', ...known].join(', ')}): name it under plugins.`,
    );
  }
}

export const NO_PLUGINS = new Plugins([]);

/**
 * Loads plugins by path (a file, or a folder with a package.json) or package name; paths are relative to `from`.
 * Throws `plugin.invalid` (never) with every problem of every plugin.
 */
export async function loadPlugins(names: readonly string[], from: string): Promise<Plugins> {
  if (names.length === 0) return NO_PLUGINS;
  const loaded = await Promise.all(names.map((name) => loadPlugin(name, from)));
  const plugins = loaded.flatMap(({ plugin }) => (plugin ? [plugin] : []));
  const problems = [...loaded.flatMap((one) => one.problems), ...clashesOf(plugins)];
  if (problems.length === 0) return new Plugins(plugins);
  throw new AppError('plugin.invalid', `These plugins cannot be used:\n  ${problems.join('\n  ')}`, {
    details: { problems },
  });
}

async function loadPlugin(name: string, from: string): Promise<{ plugin?: Plugin; problems: string[] }> {
  try {
    const module = (await import(locate(name, from))) as { default?: unknown };
    const problems = problemsOf(module.default).map((problem) => `${name}: ${problem}`);
    return problems.length === 0 ? { plugin: module.default as Plugin, problems } : { problems };
  } catch (error) {
    return { problems: [`${name}: ${(error as Error).message}`] };
  }
}

function locate(name: string, from: string): string {
  const isPath = isAbsolute(name) || /^\.{1,2}(\/|$)/.test(name);
  const require = createRequire(join(resolve(from), 'plugins.js'));
  if (!isPath) return pathToFileURL(require.resolve(name)).href;
  const path = resolve(from, name);
  if (!existsSync(path)) throw new Error(`there is no ${path}`);
  return pathToFileURL(statSync(path).isDirectory() ? require.resolve(path) : path).href;
}

/** Names that two plugins both take. */
function clashesOf(plugins: readonly Plugin[]): string[] {
  const taken = new Map<string, string>();
  const clashes: string[] = [];
  for (const plugin of plugins)
    for (const name of namesOf(plugin)) {
      const other = taken.get(name);
      if (other) clashes.push(`${plugin.name}: ${name} is taken by ${other}`);
      taken.set(name, plugin.name);
    }
  return clashes;
}

const namesOf = (plugin: Plugin): string[] => [
  `the name ${plugin.name}`,
  ...Object.keys(plugin.tasks ?? {}).map((type) => `the task ${type}`),
  ...(plugin.checks ?? []).map(({ id }) => `the check ${id}`),
  ...Object.keys(plugin.anomalyEngines ?? {}).map((name) => `the anomaly engine ${name}`),
  ...Object.keys(plugin.forecastEngines ?? {}).map((name) => `the forecast engine ${name}`),
  ...Object.keys(plugin.optimizationEngines ?? {}).map((name) => `the optimization engine ${name}`),
  ...Object.keys(plugin.reportTemplates ?? {}).map((format) => `the report template ${format}`),
  ...(plugin.cliVerbs ?? []).map(({ name }) => `the verb ${name}`),
];
