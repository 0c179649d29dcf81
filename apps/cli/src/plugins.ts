import { existsSync, readFileSync } from 'node:fs';
import { dirname, isAbsolute, resolve } from 'node:path';
import type { Command } from 'commander';
import { loadPlugins } from '@trimtab/service/plugin';
import type { PluginVerb } from '@trimtab/service/plugin';
import { AppError, toErrorInfo } from '@trimtab/kernel';
import { parse } from 'yaml';
import { DEFAULT_FILE } from './config/load.js';
import type { Cli } from './context.js';
import { answer } from './output/terminal.js';
import type { Bind } from './program.js';

/** Paths of a configuration file are relative to it; packages stay as they are. */
export const pluginPaths = (names: readonly string[], file: string | null): string[] =>
  names.map((name) =>
    /^\.{1,2}\//.test(name) && !isAbsolute(name) ? resolve(dirname(file ?? DEFAULT_FILE), name) : name,
  );

/**
 * Adds the verbs of the plugins that the configuration names. A plugin that cannot be loaded is said, and the other
 * verbs work: one of them may be what mends it.
 */
export async function registerPlugins(
  program: Command,
  bind: Bind,
  argv: readonly string[],
  env: NodeJS.ProcessEnv,
): Promise<void> {
  const names = namedPlugins(argv, env);
  if (names.length === 0) return;
  try {
    const { all } = await loadPlugins(names, process.cwd());
    for (const plugin of all)
      for (const verb of plugin.cliVerbs ?? []) registerVerb(program, bind, plugin.name, verb);
  } catch (error) {
    process.stderr.write(`${toErrorInfo(error).message}\n`);
  }
}

function registerVerb(program: Command, bind: Bind, plugin: string, verb: PluginVerb): void {
  if (program.commands.some((known) => known.name() === verb.name))
    throw new AppError('plugin.invalid', `The plugin ${plugin} brings the verb ${verb.name}, which exists.`);
  program
    .command(`${verb.name} ${verb.arguments ?? ''}`.trim())
    .description(`${verb.description} (plugin ${plugin})`)
    .action(bind((cli, ...args) => run(cli, plugin, verb, args)));
}

async function run(
  cli: Cli,
  plugin: string,
  verb: PluginVerb,
  args: readonly unknown[],
): Promise<number | void> {
  const context = {
    gatewayUrl: () => cli.client().baseUrl,
    print: (data: unknown, text: () => string) => answer(cli.terminal, data, text),
  };
  const given = args.filter((value): value is string => typeof value === 'string');
  try {
    return await verb.run(context, given);
  } catch (error) {
    if (error instanceof AppError) throw error;
    const why = (error as Error).message;
    throw new AppError('plugin.failed', `The plugin ${plugin} failed in the verb ${verb.name}: ${why}`, {
      cause: error,
    });
  }
}

/** Only a look at the file: what is wrong with it is said by the verb that needs it. */
function namedPlugins(argv: readonly string[], env: NodeJS.ProcessEnv): string[] {
  const named = (env['TRIMTAB_PLUGINS'] ?? '').split(',').filter((name) => name !== '');
  if (named.length > 0) return named;
  const flag = argv.indexOf('--config');
  const file = flag < 0 ? DEFAULT_FILE : (argv[flag + 1] ?? DEFAULT_FILE);
  if (!existsSync(file)) return [];
  try {
    const { plugins } = (parse(readFileSync(file, 'utf8')) ?? {}) as { plugins?: unknown };
    const names = Array.isArray(plugins) ? plugins.filter((name) => typeof name === 'string') : [];
    return pluginPaths(names, file);
  } catch {
    return [];
  }
}
