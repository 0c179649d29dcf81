/**
 * Writes the schemas and documents for other teams into docs/api; refuses what would break a reader.
 * `--check` writes nothing and fails when the files are not what the sources give.
 */
import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import asyncapi from '@asyncapi/parser';
import { format } from 'prettier';
import { root } from './setup.mjs';

const check = process.argv.includes('--check');
const contracts = await import(pathToFileURL(join(root, 'libs/contracts/dist/index.js')).href);
const workflow = await import(pathToFileURL(join(root, 'libs/workflow/dist/index.js')).href);
const folder = join(root, 'docs/api');
const { Parser } = asyncapi;
const problems = [];
const text = (value) => format(JSON.stringify(value), { parser: 'json', printWidth: 110 });
const read = (file) => (existsSync(file) ? readFileSync(file, 'utf8') : undefined);

mkdirSync(join(folder, 'schemas'), { recursive: true });
const schemas = contracts.publishedSchemas();
for (const { name, guarantee, schema } of schemas) {
  const before = read(join(folder, 'schemas', `${name}.json`));
  if (!before) continue;
  for (const { at, why } of contracts.breakages(JSON.parse(before), schema, guarantee)) {
    problems.push(`${name} ${at}: ${why} (add a new major version instead)`);
  }
}
const gone = readdirSync(join(folder, 'schemas')).filter(
  (file) => !schemas.some(({ name }) => `${name}.json` === file),
);
problems.push(...gone.map((file) => `schemas/${file} is published and no longer made`));

const files = [
  ...schemas.map(({ name, schema }) => [`schemas/${name}.json`, schema]),
  ['workflow.schema.json', workflow.workflowJsonSchema()],
  ['asyncapi.json', contracts.asyncApiDocument()],
  ['openapi.json', contracts.openApiDocument()],
];
for (const [name, value] of files) {
  const wanted = await text(value);
  if (read(join(folder, name)) === wanted) continue;
  if (check) problems.push(`docs/api/${name} is not up to date: run \`npm run contracts\``);
  else if (problems.length === 0) writeFileSync(join(folder, name), wanted);
}
const { diagnostics } = await new Parser().parse(JSON.stringify(contracts.asyncApiDocument()));
for (const { severity, path, message } of diagnostics) {
  if (severity === 0) problems.push(`asyncapi.json ${path.join('.')}: ${message}`);
}
for (const problem of problems) process.stderr.write(`contracts: ${problem}\n`);
process.stderr.write(`contracts: ${files.length} documents, ${problems.length} problems\n`);
process.exitCode = problems.length === 0 ? 0 : 1;
