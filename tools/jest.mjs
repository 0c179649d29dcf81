/**
 * Runs the tests of one kind: `node tools/jest.mjs <unit|int|e2e> [folder…] [jest options]`.
 * The specs of kinds int and e2e share one Postgres, named by TRIMTAB_TEST_POSTGRES_URL; set it to use another.
 */
import { spawn } from 'node:child_process';
import { existsSync, rmSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { buildAll } from './build.mjs';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '..');
const [kind = 'unit', ...rest] = process.argv.slice(2);
const variable = 'TRIMTAB_TEST_POSTGRES_URL';
/** Settings of whoever runs the tests must not reach what is tested. */
const FOREIGN =
  /^(TRIMTAB_(?!TEST_)|CLOUD_SIM_|GATEWAY_|NATS_|OTEL_|AWS_|DATABASE_URL$|TRACEPARENT$|PG[A-Z]+$)/;

const running = { jest: undefined, interrupted: false };
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
  process.on(signal, () => {
    running.interrupted = true;
    running.jest?.kill(signal);
  });
}

if (kind === 'unit' || process.env[variable]) process.exitCode = await runJest({});
else await withSharedPostgres(async (url) => (process.exitCode = await runJest({ [variable]: url })));

async function withSharedPostgres(work) {
  await buildAll();
  const testing = await import(pathToFileURL(join(root, 'libs/embedded/dist/testing.js')).href);
  await testing.sweepTestFolders();
  const folder = testing.testFolder();
  const postgres = await testing.startTestPostgres(folder);
  try {
    if (!running.interrupted) await work(postgres.url);
  } finally {
    await postgres.stop().catch(leftBehind);
    try {
      rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
    } catch (error) {
      leftBehind(error);
    }
  }
}

/** Says nothing about the tests; the next run sweeps it away. */
function leftBehind(error) {
  process.stderr.write(`left behind: ${error.message}\n`);
}

function runJest(env) {
  const places = rest.filter((arg) => existsSync(arg)).map((place) => resolve(place));
  const options = rest.filter((arg) => !existsSync(arg));
  const jest = join(root, 'node_modules/jest/bin/jest.js');
  const config = ['--config', join(root, 'jest.config.mjs'), '--passWithNoTests'];
  running.jest = spawn(
    process.execPath,
    // Places first: an option that takes a list would take them for its own.
    ['--experimental-vm-modules', '--no-warnings', jest, ...config, ...places, ...options],
    { cwd: root, stdio: 'inherit', env: { ...ownEnvironment(), ...env, TRIMTAB_TEST_KIND: kind } },
  );
  return new Promise((done) => running.jest.on('exit', (code, signal) => done(signal ? 1 : (code ?? 1))));
}

function ownEnvironment() {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !FOREIGN.test(name)));
}
