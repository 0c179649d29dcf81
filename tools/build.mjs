/** Compiles the TypeScript of one project (argument: its folder) or of all projects into `dist/`, only what changed. */
import { transformFile } from '@swc/core';
import { copyFile, mkdir, readFile, readdir, rename, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { basename, dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '..');
const swc = {
  jsc: {
    parser: { syntax: 'typescript', decorators: true },
    transform: { legacyDecorator: true, decoratorMetadata: true },
    target: 'es2022',
    keepClassNames: true,
  },
  module: { type: 'es6' },
  // Beside the code: inside, it would lie in the memory of every process.
  sourceMaps: true,
  swcrc: false,
};

const DRAFT = '.draft';

const modified = (file) =>
  stat(file).then(
    (s) => s.mtimeMs,
    () => 0,
  );

async function filesIn(folder) {
  const entries = await readdir(folder, { withFileTypes: true, recursive: true }).catch(() => []);
  return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
}

async function compile(source, target) {
  if ((await modified(target)) >= (await modified(source))) return 0;
  await mkdir(dirname(target), { recursive: true });
  // A file is whole when it is there: others may build, and run what is built, at the same time.
  const draft = `${target}.${process.pid}${DRAFT}`;
  if (source.endsWith('.ts')) {
    const { code, map } = await transformFile(source, { ...swc, filename: source });
    await writeFile(draft, map);
    await rename(draft, mapOf(target));
    await writeFile(draft, `${code}//# sourceMappingURL=${basename(mapOf(target))}\n`);
  } else await copyFile(source, draft);
  await rename(draft, target);
  return 1;
}

const mapOf = (target) => `${target}.map`;

export async function buildProject(folder) {
  const src = join(folder, 'src');
  const sources = (await filesIn(src)).filter((file) => !/\.spec\.ts$|\.d\.ts$/.test(file));
  const targets = sources.map((file) => join(folder, 'dist', relative(src, file)).replace(/\.ts$/, '.js'));
  const wanted = new Set([...targets, ...targets.map(mapOf)]);
  const stale = (await filesIn(join(folder, 'dist'))).filter(
    (file) => !wanted.has(file) && !file.endsWith(DRAFT),
  );
  await Promise.all(stale.map((file) => rm(file, { force: true })));
  const done = await Promise.all(sources.map((source, i) => compile(source, targets[i])));
  return done.reduce((sum, n) => sum + n, 0);
}

/** A project that came after the last installation is found by its name all the same. */
async function link(folder) {
  const { name } = JSON.parse(await readFile(join(folder, 'package.json'), 'utf8'));
  const place = join(root, 'node_modules', name);
  if (!(await modified(dirname(place)))) return;
  await symlink(relative(dirname(place), folder), place).catch((error) => {
    if (error.code !== 'EEXIST') throw error;
  });
}

export async function buildAll() {
  const folders = [];
  for (const group of ['libs', 'apps']) {
    for (const name of await readdir(join(root, group))) folders.push(join(root, group, name));
  }
  await Promise.all(folders.map(link));
  const counts = await Promise.all([...folders, join(root, 'bench')].map(buildProject));
  return counts.reduce((sum, n) => sum + n, 0);
}

if (process.argv[1] && basename(process.argv[1]) === 'build.mjs') {
  const count = process.argv[2] ? await buildProject(resolve(process.argv[2])) : await buildAll();
  process.stderr.write(`compiled ${count} files\n`);
}
