/**
 * Writes a new service or a new public event into the workspace. Arguments only, it never asks:
 *   npm run generate -- service <name> [--action <verb>]
 *   npm run generate -- message <context>.<event>
 * `--target <folder>` works on another copy of the workspace. Nothing is written when anything is wrong.
 */
import {
  existsSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { format, resolveConfig } from 'prettier';

const here = dirname(fileURLToPath(import.meta.url));
const templates = join(here, 'templates');
const USAGE = `usage:
  npm run generate -- service <name> [--action <verb>]   for example: service tagging --action audit
  npm run generate -- message <context>.<event>          for example: message budget.exhausted`;

class Refusal extends Error {}

const capital = (word) => word[0].toUpperCase() + word.slice(1);
const refuse = (why) => {
  throw new Refusal(why);
};

/** Files to write, by path from the root of the workspace; several edits of one file add up. */
class Changes {
  files = new Map();

  constructor(root) {
    this.root = root;
  }

  read(path) {
    return this.files.get(path) ?? readFileSync(join(this.root, path), 'utf8');
  }

  add(path, text) {
    if (existsSync(join(this.root, path))) refuse(`${path} exists already`);
    this.files.set(path, text);
  }

  /** Puts `text` before the one place that `anchor` matches. */
  insertBefore(path, anchor, text) {
    const before = this.read(path);
    const at = before.search(anchor);
    if (at < 0) refuse(`${path} has no ${anchor}: it changed its shape, add this by hand:\n${text}`);
    this.files.set(path, before.slice(0, at) + text + before.slice(at));
  }

  async write() {
    const style = await resolveConfig(join(here, 'generate.mjs'));
    const done = [];
    for (const [path, text] of this.files) {
      const file = join(this.root, path);
      const formatted = /\.(ts|md|ya?ml)$/.test(path)
        ? await format(text, { ...style, filepath: file })
        : text;
      done.push([file, formatted]);
    }
    for (const [file, text] of done) {
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, text);
    }
    return [...this.files.keys()];
  }
}

function templateFiles(folder) {
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.tpl'))
    .map((entry) => join(entry.parentPath, entry.name));
}

function fill(text, words) {
  return text.replace(/\{\{(\w+)\}\}|__(\w+?)__/g, (all, a, b) => words[a ?? b] ?? all);
}

function service(changes, name, action) {
  const word = /^[a-z][a-z0-9]{1,29}$/;
  if (!word.test(name)) {
    refuse(`"${name}" is no name for a service: lower-case letters and digits, 2 to 30, first a letter`);
  }
  if (!word.test(action)) {
    refuse(`"${action}" is no name for an action: lower-case letters and digits, 2 to 30, first a letter`);
  }
  const words = { name, action, Name: capital(name), Action: capital(action) };
  if (words.Name === words.Action) refuse('service and action have the same name: give another --action');
  if (RESERVED.has(name)) refuse(`"${name}" is a word of the language or of the bus: choose another name`);
  const folder = `apps/${name}`;
  if (existsSync(join(changes.root, folder))) refuse(`there is an app ${name} already (${folder})`);
  const from = join(templates, 'service');
  for (const file of templateFiles(from)) {
    const path = fill(relative(from, file).replace(/\.tpl$/, ''), words);
    changes.add(join(folder, path), fill(readFileSync(file, 'utf8'), words));
  }
  registerTask(changes, words);
  registerWorkspace(changes, name);
  changes.insertBefore('libs/contracts/src/bus/services.ts', /^ {2}'gateway',$/m, `  '${name}',\n`);
  changes.insertBefore(
    'docker-compose.yml',
    /^ {2}gateway:$/m,
    `  ${name}:\n    <<: *service\n    command: [node, libs/service/dist/host.js, ${name}]\n\n`,
  );
  return [
    `npm run contracts    writes the schemas of ${name}.${action} into docs/api`,
    `node tools/jest.mjs unit ${folder}`,
    `apps/orchestrator/workflows/optimize.yaml: a task with \`uses: ${name}.${action}\``,
  ];
}

/** Names that would not compile, or that mean something else in a subject. */
const RESERVED = new Set(
  'class default delete export import new package private public return static switch this void task event live'.split(
    ' ',
  ),
);

function registerTask(changes, words) {
  const registry = 'libs/contracts/src/tasks/registry.ts';
  const source = readFileSync(join(templates, 'task-contract.ts.tpl'), 'utf8');
  changes.add(`libs/contracts/src/tasks/${words.name}.ts`, fill(source, words));
  changes.insertBefore(
    registry,
    /^\/\*\* Counts of recommendations/m,
    `import { ${words.name}Tasks } from './${words.name}.js';\n\n`,
  );
  changes.insertBefore(registry, /^\} as const;\n\nexport type TaskType/m, `  ...${words.name}Tasks,\n`);
}

/** What `npm install` would write for one more workspace: an entry of the lock file and its link. */
function registerWorkspace(changes, name) {
  const lock = JSON.parse(changes.read('package-lock.json'));
  lock.packages[`apps/${name}`] = { name: `@trimtab/app-${name}`, version: '0.1.0', license: 'Apache-2.0' };
  lock.packages[`node_modules/@trimtab/app-${name}`] = { resolved: `apps/${name}`, link: true };
  const sorted = Object.entries(lock.packages).sort(([a], [b]) => a.localeCompare(b, 'en'));
  lock.packages = Object.fromEntries(sorted);
  changes.files.set('package-lock.json', `${JSON.stringify(lock, null, 2)}\n`);
}

function link(root, name) {
  const place = join(root, 'node_modules/@trimtab', `app-${name}`);
  if (!existsSync(dirname(place)) || lstatSync(place, { throwIfNoEntry: false })) return;
  symlinkSync(join('../../apps', name), place);
}

/** One file an area; the contexts of what stages find out are in `finding-events.ts`. */
const EVENTS = 'libs/contracts/src/events';

function message(changes, given) {
  const [, context, event] =
    /^([a-z][a-z0-9]*(?:-[a-z0-9]+)*)\.([a-z][a-z0-9]*(?:-[a-z0-9]+)*)$/.exec(given) ??
    refuse(`"${given}" is no name for a message: <context>.<event>, lower-case letters, digits and dashes`);
  const type = `trimtab.${context}.${event}.v1`;
  const files = readdirSync(join(changes.root, EVENTS)).filter((name) => name.endsWith('-events.ts'));
  const paths = files.map((name) => `${EVENTS}/${name}`);
  const having = (text) => paths.find((path) => changes.read(path).includes(text));
  const taken = having(`'${type}'`);
  if (taken) refuse(`there is an event ${type} already (${taken})`);
  const home = having(`'trimtab.${context}.`) ?? `${EVENTS}/finding-events.ts`;
  const entry = `  '${type}': z.object({ runId: z.string() }),\n`;
  changes.insertBefore(home, placeFor(changes.read(home), context), entry);
  const example = `docs/api/examples/${type}.json`;
  changes.add(example, `${JSON.stringify(exampleOf(type, context), null, 2)}\n`);
  return [
    `${home}, ${example}: say what the event carries; optional properties may follow later, nothing else may change`,
    'npm run contracts    writes its schema and the AsyncAPI document into docs/api',
    `in a handler: return events: [publicEvent('${type}', '${context}/<id>', …)]`,
  ];
}

/** The envelope that readers are shown, with the data that the new schema asks for. */
function exampleOf(type, context) {
  const runId = '018f3a6c-5b1e-7c42-9d0a-3f2b1c4d5e6f';
  return {
    specversion: '1.0',
    id: `${runId}/${context}#1.e0`,
    source: `/trimtab/${context}`,
    type,
    subject: `run/${runId}`,
    time: '2026-11-21T00:00:00.000Z',
    datacontenttype: 'application/json',
    correlationid: runId,
    runid: runId,
    data: { runId },
  };
}

/** Behind the last event of the same context, else at the end. */
function placeFor(source, context) {
  const end = /^\} as const;/m;
  const lines = source.slice(0, source.search(end)).split('\n');
  const last = lines.findLastIndex((line) => line.startsWith(`  'trimtab.${context}.`));
  const next = lines.slice(last + 1).find((line) => line.startsWith("  'trimtab."));
  if (last < 0 || !next) return end;
  return new RegExp(`^${next.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}`, 'm');
}

async function generate(argv) {
  const { values, positionals } = parseArgs({
    args: argv,
    allowPositionals: true,
    options: { action: { type: 'string' }, target: { type: 'string' } },
  });
  const [kind, name, ...more] = positionals;
  if (!name || more.length > 0) refuse(USAGE);
  const root = resolve(values.target ?? join(here, '..'));
  if (!existsSync(join(root, 'libs/contracts'))) refuse(`${root} is no Trimtab workspace`);
  if (kind === 'message' && values.action) refuse('--action belongs to a service');
  const changes = new Changes(root);
  const kinds = {
    service: () => service(changes, name, values.action ?? 'review'),
    message: () => message(changes, name),
  };
  const next = (kinds[kind] ?? (() => refuse(USAGE)))();
  const written = await changes.write();
  if (kind === 'service') link(root, name);
  process.stdout.write(`${written.map((path) => `wrote ${path}`).join('\n')}\n\nnext:\n`);
  process.stdout.write(next.map((line) => `  ${line}\n`).join(''));
}

try {
  await generate(process.argv.slice(2));
} catch (error) {
  const known = error instanceof Refusal || error.code?.startsWith('ERR_PARSE_ARGS');
  process.stderr.write(known ? `generate: ${error.message}\n` : `${error.stack}\n`);
  process.exitCode = known ? 2 : 1;
}
