/**
 * The whole suite: format, lint, lint probes, types, unit, simulation, integration, end to end.
 * `--only verify` stops after the unit tests. Jest's own results are counted into `.trimtab/test-results/summary.json`.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { getPriority, setPriority } from 'node:os';
import { join } from 'node:path';
import { root } from './setup.mjs';

/** What may take longer is so much nicer than the rest. */
const GIVES_WAY = 5;
const NICEST = 19;

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

const checks = [
  ['format', node(bin('prettier/bin/prettier.cjs'), '--check', '--log-level=warn', '.')],
  ['lint', node(join(root, 'tools/lint.mjs'))],
  ['lint probes', node(join(root, 'tools/lint-probes.mjs'))],
  ['types', node(bin('@typescript/native/bin/tsc'), '-p', 'tsconfig.json')],
  ['contracts', node(join(root, 'tools/contracts.mjs'), '--check')],
];

const units = ['unit', jest('unit', 'unit', '-w', '2', '--testPathIgnorePatterns=/node_modules/', ...others)];
const simulated = ['simulation', jest('unit', 'simulation', '-w', '2', ...simulation)];
const integration = ['integration', jest('int', 'int', '-w', '2')];
const endToEnd = ['end to end', jest('e2e', 'e2e', '-w', '2')];

/** Stages come one after the other; the lanes of a stage side by side; the steps of a lane in turn. */
const verify = [[checks, [simulated]], [[units]]];
/**
 * Specs on servers wait a third of their time: what only computes uses it, and gives way. More specs on servers at once
 * would make a small machine late for their leases.
 */
const everything = [
  [givingWay([units]), [integration]],
  [givingWay([...checks, simulated]), [endToEnd]],
];

const running = new Set();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'])
  process.on(signal, () => {
    for (const child of running) child.kill(signal);
    process.exitCode = 130;
  });

function givingWay(steps) {
  return steps.map(([name, command]) => [name, command, GIVES_WAY]);
}

/** What a step says is shown as it goes, or at its end: lanes would mix their lines. */
async function run([name, [command, ...args], niceness = 0], aloud) {
  if (process.exitCode === 130) return { name, ok: false, seconds: 0 };
  const started = Date.now();
  const child = spawn(command, args, {
    cwd: root,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, NX_DAEMON: 'false', NX_TUI: 'false', NO_COLOR: '1' },
  });
  running.add(child);
  if (niceness > 0 && child.pid) setPriority(child.pid, Math.min(NICEST, getPriority() + niceness));
  if (aloud) process.stderr.write(`\n── ${name}\n`);
  const said = aloud ? [] : [`\n── ${name}\n`];
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (text) => (aloud ? process.stderr.write(text) : said.push(text)));
  const [status] = await once(child, 'close');
  running.delete(child);
  const seconds = Number(((Date.now() - started) / 1000).toFixed(1));
  process.stderr.write(said.join(''));
  process.stderr.write(`── ${name}: ${status === 0 ? 'ok' : 'FAILED'} in ${seconds} s\n`);
  return { name, ok: status === 0, seconds };
}

async function lane(steps, aloud) {
  const done = [];
  for (const step of steps) done.push(await run(step, aloud));
  return done;
}

/** One lane of a stage is heard as it goes: the one to which the others give way, if they do. */
async function inStages(stages) {
  const done = [];
  for (const lanes of stages) {
    const first = lanes.filter(([[, , niceness = 0]]) => niceness === 0);
    const under = lanes.map((steps) => lane(steps, first.length === 1 && first[0] === steps));
    done.push(...(await Promise.all(under)).flat());
  }
  return done;
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
const steps = await inStages(process.argv.includes('verify') ? verify : everything);
const tests = ['unit', 'simulation', 'int', 'e2e'].map(count);
const sum = (key) => tests.reduce((total, test) => total + test[key], 0);
const ok = steps.every((step) => step.ok) && sum('failed') === 0;
const failed = ok ? 0 : Math.max(1, sum('failed'));
const summary = { passed: sum('passed'), failed, steps };
writeFileSync(join(results, 'summary.json'), `${JSON.stringify(summary, null, 2)}\n`);
process.stderr.write(`\n${summary.passed} passed, ${summary.failed} failed\n`);
process.exit(ok ? 0 : 1);
