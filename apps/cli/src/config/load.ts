import { existsSync } from 'node:fs';
import { AppError } from '@trimtab/kernel';
import { Configuration } from '@trimtab/contracts';
import { fromEnvironment } from './environment.js';
import { ConfigFile } from './file.js';
import type { Origin, Path, Setting } from './origins.js';
import { leaves, pathText, setAt } from './origins.js';
import type { Problem } from './problems.js';
import { configurationError } from './problems.js';

export interface ConfigSources {
  /** A file that must exist; without it `trimtab.yaml` is used when it is there. */
  readonly file?: string;
  readonly environment?: string;
  readonly env: NodeJS.ProcessEnv;
  readonly flags?: readonly Setting[];
  /** Weakest layer above the schema's defaults, for example the demo's simulated account. */
  readonly defaults?: Record<string, unknown>;
}

export interface LoadedConfig {
  readonly config: Configuration;
  readonly file: string | null;
  readonly environment: string | null;
  originOf(path: Path): Origin;
}

export const DEFAULT_FILE = 'trimtab.yaml';

/**
 * The configuration from flags over environment over file over defaults.
 * Throws `config.invalid` with every problem at once, each with its file and line, variable or flag.
 */
export function loadConfig(sources: ConfigSources): LoadedConfig {
  const { file, fromFile } = readFile(sources);
  const fromEnv = fromEnvironment(sources.env);
  const settings = [...fromFile.settings, ...fromEnv.settings, ...(sources.flags ?? [])];
  const merged: Record<string, unknown> = structuredClone(sources.defaults ?? {});
  for (const { path, value } of settings) setAt(merged, path, value);
  const originOf = originFinder(settings);
  const problems = [...fromFile.problems, ...fromEnv.problems];
  const config = validated(merged, problems, (issue) => issueProblems(issue, originOf, file));
  return { config, file: file?.name ?? null, environment: fromFile.environment ?? null, originOf };
}

const NO_FILE: ReturnType<ConfigFile['settings']> = { settings: [], problems: [] };

function readFile(sources: ConfigSources): { file: ConfigFile | undefined; fromFile: typeof NO_FILE } {
  const file = openFile(sources);
  if (!file) return { file, fromFile: NO_FILE };
  const found = file.settings(sources.environment ?? sources.env['TRIMTAB_ENVIRONMENT']);
  return { file, fromFile: { ...found, problems: [...file.problems, ...found.problems] } };
}

function validated(
  merged: unknown,
  before: readonly Problem[],
  explain: (issue: Issue) => Problem[],
): Configuration {
  const parsed = Configuration.safeParse(merged);
  const problems = [...before, ...(parsed.error?.issues ?? []).flatMap(explain)];
  if (problems.length === 0 && parsed.success) return parsed.data;
  throw configurationError(problems);
}

function openFile({ file, env }: ConfigSources): ConfigFile | undefined {
  const name = file ?? env['TRIMTAB_CONFIG'];
  if (name === undefined) return existsSync(DEFAULT_FILE) ? ConfigFile.read(DEFAULT_FILE) : undefined;
  if (existsSync(name)) return ConfigFile.read(name);
  throw new AppError('config.not-found', `There is no file ${name}: \`trimtab config init\` writes one.`);
}

/** The strongest setting at the path, above it or below it. */
function originFinder(settings: readonly Setting[]): (path: Path) => Origin {
  const under = (a: string, b: string): boolean => a === b || a.startsWith(`${b}.`);
  return (path) => {
    const wanted = pathText(path);
    const found = settings.findLast(
      ({ path: set }) => under(wanted, pathText(set)) || under(pathText(set), wanted),
    );
    return found?.origin ?? { from: 'default' };
  };
}

type Issue = {
  readonly path: readonly PropertyKey[];
  readonly message: string;
  readonly keys?: readonly string[];
};

function issueProblems(
  issue: Issue,
  originOf: (path: Path) => Origin,
  file: ConfigFile | undefined,
): Problem[] {
  const base = issue.path.map((part) => (typeof part === 'number' ? part : String(part)));
  const paths = issue.keys ? issue.keys.map((key) => [...base, key]) : [base];
  return paths.map((path) => {
    const origin = originOf(path);
    // Lists are one setting; the file knows the line of the element.
    const exact =
      origin.from === 'file' && file ? { ...origin, line: Math.max(origin.line, file.lineOf(path)) } : origin;
    return { path, message: issue.keys ? 'unknown key' : issue.message, origin: exact };
  });
}

/** Every leaf of the configuration with where it comes from, for `config show --origin`. */
export function explainConfig(loaded: LoadedConfig): { path: string; value: unknown; origin: Origin }[] {
  return leaves(loaded.config).map(({ path, value }) => ({
    path: pathText(path),
    value,
    origin: loaded.originOf(path),
  }));
}
