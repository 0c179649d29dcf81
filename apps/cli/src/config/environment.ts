import { parse } from 'yaml';
import { z } from 'zod';
import { Configuration } from '@trimtab/contracts';
import type { Path, Setting } from './origins.js';
import { isRecord } from './origins.js';
import type { Problem } from './problems.js';

/** Variables with the prefix that are not values of the configuration. */
const OTHERS = new Set(['TRIMTAB_CONFIG', 'TRIMTAB_ENVIRONMENT', 'TRIMTAB_DATA_DIR', 'TRIMTAB_GATEWAY_URL']);

interface Leaf {
  readonly path: Path;
  readonly list: boolean;
}

/** `scan.lookbackDays` → `TRIMTAB_SCAN_LOOKBACK_DAYS`. */
export const variableOf = (path: Path): string =>
  `TRIMTAB_${path.map((part) => String(part).replace(/([a-z])([A-Z])/g, '$1_$2')).join('_')}`.toUpperCase();

/** The values that a variable can set: scalars and lists of the schema, found by walking its JSON Schema. */
function schemaLeaves(schema: unknown, path: Path = []): Leaf[] {
  if (!isRecord(schema)) return [];
  if (isRecord(schema['properties'])) {
    return Object.entries(schema['properties']).flatMap(([key, inner]) =>
      schemaLeaves(inner, [...path, key]),
    );
  }
  return [{ path, list: schema['type'] === 'array' }];
}

export const environmentLeaves = (): Leaf[] => schemaLeaves(z.toJSONSchema(Configuration, { io: 'input' }));

/** `a,b` and `[a, b]` are lists; anything else is read as YAML, so that numbers and booleans keep their type. */
function valueOf(text: string, list: boolean): unknown {
  if (!list || /^\s*[[{]/.test(text)) return parse(text);
  return text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '')
    .map((part) => (/^\d+$/.test(part) ? part : (parse(part) as unknown)));
}

/** Settings from `TRIMTAB_…` variables; an unknown name is a problem, because a typo must not be ignored. */
export function fromEnvironment(env: NodeJS.ProcessEnv): { settings: Setting[]; problems: Problem[] } {
  const known = new Map(environmentLeaves().map((leaf) => [variableOf(leaf.path), leaf]));
  const settings: Setting[] = [];
  const problems: Problem[] = [];
  for (const [variable, text] of Object.entries(env)) {
    if (!variable.startsWith('TRIMTAB_') || variable.startsWith('TRIMTAB_TEST_') || text === undefined)
      continue;
    if (OTHERS.has(variable)) continue;
    const leaf = known.get(variable);
    const origin = { from: 'environment' as const, variable };
    if (leaf) settings.push({ path: leaf.path, value: valueOf(text, leaf.list), origin });
    else
      problems.push({
        path: [],
        message: 'no such setting; `trimtab config show --origin` lists the names',
        origin,
      });
  }
  return { settings, problems };
}
