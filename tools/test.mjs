/**
 * The whole suite: format, lint, lint probes, types, unit, simulation, integration, end to end.
 * `--only verify` stops after the simulation. Jest's own results are counted into `.trimtab/test-results/summary.json`.
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './setup.mjs';

const results = join(root, '.trimtab', 'test-results');
const node = (...args) => [process.execPath, ...args];
const bin = (path) => join(root, 'node_modules', path);
const jest = (kind, name, ...options) =>
  node(
    join(root, 'tools/jest.mjs'),
    kind,
    '--json',
    `--outputFile=${join(results, `${name}.json`)}`,
    ...options,
  );

/** In processes of their own: they fill a core and much memory, and no other spec's leftovers may slow them. */
const simulation = ['simulation', 'auditor'].map((name) => `apps/orchestrator/test/${name}.spec.ts`);
const others = simulation.map((path) => `--testPathIgnorePatterns=${path.replaceAll('.', '\\.')}`);

const verify = [
  ['format', node(bin('prettier/bin/prettier.cjs'), '--check', '--log-level=warn', '.')],
  ['lint', node(bin('nx/dist/bin/nx.js'), 'run-many', '-t', 'lint', '--parallel=2', '--outputStyle=static')],
  ['lint probes', node(join(root, 'tools/lint-probes.mjs'))],
  ['types', node(bin('@typescript/native/bin/tsc'), '-p', 'tsconfig.json')],
  ['contracts', node(join(root, 'tools/contracts.mjs'), '--check')],
  ['unit', jest('unit', 'unit', '-w', '2', '--testPathIgnorePatterns=/node_modules/', ...others)],
  ['simulation', jest('unit', 'simulation', '-w', '2', ...simulation)],
];
const servers = [
  ['integration', jest('int', 'int', '-w', '2')],
  ['end to end', jest('e2e', 'e2e', '-i')],
];

function run([name, [command, ...args]]) {
  const started = Date.now();
  process.stderr.write(`\n── ${name}\n`);
  const { status } = spawnSync(command, args, {
    cwd: root,
    stdio: ['ignore', 2, 2],
    env: { ...process.env, NX_DAEMON: 'false', NX_TUI: 'false', NO_COLOR: '1' },
  });
  const seconds = ((Date.now() - started) / 1000).toFixed(1);
  process.stderr.write(`── ${name}: ${status === 0 ? 'ok' : 'FAILED'} in ${seconds} s\n`);
  return { name, ok: status === 0, seconds: Number(seconds) };
}

function count(kind) {
  try {
    const report = JSON.parse(readFileSync(join(results, `${kind}.json`), 'utf8'));
    // A suite that cannot even be loaded runs no test: it counts as one failure.
    return {
      passed: report.numPassedTests,
      failed: report.numFailedTests + report.numRuntimeErrorTestSuites,
    };
  } catch {
    return { passed: 0, failed: 0 };
  }
}

rmSync(results, { recursive: true, force: true });
mkdirSync(results, { recursive: true });
const steps = (process.argv.includes('verify') ? verify : [...verify, ...servers]).map(run);
const tests = ['unit', 'simulation', 'int', 'e2e'].map(count);
const sum = (key) => tests.reduce((total, test) => total + test[key], 0);
const ok = steps.every((step) => step.ok) && sum('failed') === 0;
const failed = ok ? 0 : Math.max(1, sum('failed'));
const summary = { passed: sum('passed'), failed, steps };
writeFileSync(join(results, 'summary.json'), `${JSON.stringify(summary, null, 2)}\n`);
process.stderr.write(`\n${summary.passed} passed, ${summary.failed} failed\n`);
process.exit(ok ? 0 : 1);
