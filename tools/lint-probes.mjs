/** Plants one violation for each rule that guards the architecture and fails when a rule stays silent. */
import { ESLint } from 'eslint';
import { join } from 'node:path';
import { root } from './setup.mjs';

const BOUNDARY = '@nx/enforce-module-boundaries';
const long = (lines) => Array.from({ length: lines }, (_, i) => `export const line${i} = ${i};`).join('\n');
const branches = Array.from({ length: 11 }, (_, i) => `if (n === ${i}) return ${i};`).join('\n');

/** [what is planted, file that would hold it, code, rule that must speak] */
const probes = [
  ['kernel imports a lib', 'libs/kernel/src/probe.ts', "export * from '@trimtab/timeseries';", BOUNDARY],
  [
    'contracts imports an adapter',
    'libs/contracts/src/probe.ts',
    "export * from '@trimtab/messaging';",
    BOUNDARY,
  ],
  [
    'workflow imports contracts',
    'libs/workflow/src/probe.ts',
    "export * from '@trimtab/contracts';",
    BOUNDARY,
  ],
  [
    'timeseries imports an adapter',
    'libs/timeseries/src/probe.ts',
    "export * from '@trimtab/event-store';",
    BOUNDARY,
  ],
  [
    'an adapter imports another adapter',
    'libs/messaging/src/probe.ts',
    "export * from '@trimtab/event-store';",
    BOUNDARY,
  ],
  [
    'an adapter imports contracts',
    'libs/cloud/src/probe.ts',
    "export * from '@trimtab/contracts';",
    BOUNDARY,
  ],
  ['client imports an adapter', 'libs/client/src/probe.ts', "export * from '@trimtab/messaging';", BOUNDARY],
  [
    'service imports a pure lib',
    'libs/service/src/probe.ts',
    "export * from '@trimtab/timeseries';",
    BOUNDARY,
  ],
  [
    'an app imports an app',
    'apps/analysis/src/probe.ts',
    "export * from '@trimtab/app-discovery';",
    BOUNDARY,
  ],
  ['kernel reads a file', 'libs/kernel/src/probe.ts', "export * from 'node:fs';", 'no-restricted-imports'],
  [
    'workflow reads a file',
    'libs/workflow/src/probe.ts',
    "export * from 'node:fs';",
    'no-restricted-imports',
  ],
  [
    'a domain rule knows Nest',
    'apps/budget/src/domain/probe.ts',
    "export * from '@nestjs/common';",
    'no-restricted-imports',
  ],
  [
    'a domain rule knows Postgres',
    'apps/budget/src/domain/probe.ts',
    "export * from 'pg';",
    'no-restricted-imports',
  ],
  [
    'a domain rule reads the clock',
    'apps/anomaly/src/domain/probe.ts',
    'export const t = () => Date.now();',
    'no-restricted-syntax',
  ],
  [
    'a pure lib makes its own time',
    'libs/timeseries/src/probe.ts',
    'export const t = () => new Date();',
    'no-restricted-syntax',
  ],
  [
    'a pure lib is random',
    'libs/workflow/src/probe.ts',
    'export const r = () => Math.random();',
    'no-restricted-syntax',
  ],
  [
    'a handler reads the environment',
    'apps/execution/src/handlers/probe.ts',
    'export const e = process.env.HOME;',
    'no-restricted-syntax',
  ],
  ['a file of 251 lines', 'libs/kernel/src/probe.ts', long(251), 'max-lines'],
  [
    'a function of 51 lines',
    'libs/kernel/src/probe.ts',
    `export function f() {\n${long(51).replaceAll('export ', '')}\n}`,
    'max-lines-per-function',
  ],
  [
    'a function of complexity 12',
    'libs/kernel/src/probe.ts',
    `export function f(n: number) {\n${branches}\nreturn -1;\n}`,
    'complexity',
  ],
  ['a forgotten console line', 'libs/kernel/src/probe.ts', "console.log('x');", 'no-console'],
];

const eslint = new ESLint({ cwd: root });
let silent = 0;
for (const [what, file, code, rule] of probes) {
  const [result] = await eslint.lintText(`${code}\n`, { filePath: join(root, file) });
  if (result?.messages.some((message) => message.ruleId === rule)) continue;
  silent += 1;
  const said = result?.messages.map((message) => message.ruleId ?? message.message).join(', ') || 'nothing';
  process.stderr.write(`lint probe: ${what} (${file}): ${rule} stayed silent; said: ${said}\n`);
}
process.stderr.write(
  `lint probes: ${probes.length - silent} of ${probes.length} planted violations were refused\n`,
);
process.exitCode = silent === 0 ? 0 : 1;
