/** Installs what the lock files name, when it is not there yet, and compiles what changed. Runs with Node alone. */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = resolve(dirname(fileURLToPath(import.meta.url)), '..');

function requireNode() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major > 20 || (major === 20 && minor >= 19)) return;
  process.stderr.write(`Trimtab needs Node.js 20.19 or later; this is ${process.version}.\n`);
  process.exit(2);
}

function installIn(folder) {
  const lock = readFileSync(join(folder, 'package-lock.json'));
  const digest = createHash('sha256').update(lock).update(process.version).digest('hex');
  const mark = join(folder, 'node_modules', '.trimtab-installed');
  if (existsSync(mark) && readFileSync(mark, 'utf8') === digest) return;
  process.stderr.write(`installing dependencies in ${folder} …\n`);
  const npm = spawnSync('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'], {
    cwd: folder,
    stdio: ['ignore', 2, 2],
    env: { ...process.env, SCARF_ANALYTICS: 'false' },
  });
  if (npm.status !== 0) {
    process.stderr.write(`npm ci failed in ${folder}: see the lines above.\n`);
    process.exit(1);
  }
  mkdirSync(dirname(mark), { recursive: true });
  writeFileSync(mark, digest);
}

/** Makes a fresh clone ready: dependencies, the NATS server binary where one exists, compiled sources. */
export async function setUp() {
  requireNode();
  installIn(root);
  if (process.platform === 'linux' && process.arch === 'x64') installIn(join(root, 'infra/nats/server'));
  const { buildAll } = await import('./build.mjs');
  await buildAll();
}
