/**
 * Runs an example that is written in TypeScript: `node examples/run.mjs 01-start-and-follow-a-run [argument…]`.
 * From Node 22.18 on `node examples/01-start-and-follow-a-run.ts` does the same.
 */
import { transformFile } from '@swc/core';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

const [name = ''] = process.argv.splice(2, 1);
const source = join(import.meta.dirname, `${name.replace(/\.ts$/, '')}.ts`);
const { code } = await transformFile(source, {
  swcrc: false,
  jsc: { parser: { syntax: 'typescript' }, target: 'es2022' },
  module: { type: 'es6' },
});
const folder = join(import.meta.dirname, '../.trimtab/examples');
const compiled = join(folder, `${name}.mjs`);
await mkdir(folder, { recursive: true });
await writeFile(compiled, code);
process.argv[1] = compiled;
await import(pathToFileURL(compiled).href);
