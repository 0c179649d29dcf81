/**
 * The whole suite: format, lint, lint probes, types, unit, simulation, integration, end to end.
 * `--only verify` stops after the unit tests. Jest's own results are counted into `.trimtab/test-results/summary.json`.
 */
import { spawn } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { getPriority, setPriority } from 'node:os';
import { join } from 'node:path';
import { root } from './setup.mjs';

/** What may take longer is so much nicer than the rest. */
const GIVES_WAY = 5;
const NICEST = 19;
/** How long the output of a step that has ended is waited for: a process that it left behind may hold it open. */
const LAST_WORDS_MS = 10_000;

const results = join(root, '.trimtab', 'test-results');
const node = (...args) => [process.execPath, ...args];
const bin = (path) => join(root, 'node_modules', path);
const reportOf = (name) => join(results, `${name}.json`);
/** A step that leaves a report of jest's, which is counted. */
const tests = (title, kind, name, ...options) => ({
  name: title,
  report: name,
  command: node(
    join(root, 'tools/jest.mjs'),
    kind,
    '--json',
    `--outputFile=${reportOf(name)}`,
    '-w',
    '2',
    ...options,
  ),
});

/** In processes of their own: they fill a core and much memory, and no other spec's leftovers may slow them. */
const simulation = ['simulation', 'auditor'].map((name) => `apps/orchestrator/test/${name}.spec.ts`);
const others = simulation.map((path) => `--testPathIgnorePatterns=${path.replaceAll('.', '\\.')}`);

const checks = [
  { name: 'format', command: node(bin('prettier/bin/prettier.cjs'), '--check', '--log-level=warn', '.') },
  { name: 'lint', command: node(join(root, 'tools/lint.mjs')) },
  { name: 'lint probes', command: node(join(root, 'tools/lint-probes.mjs')) },
  { name: 'types', command: node(bin('@typescript/native/bin/tsc'), '-p', 'tsconfig.json') },
  { name: 'contracts', command: node(join(root, 'tools/contracts.mjs'), '--check') },
];

const units = tests('unit', 'unit', 'unit', '--testPathIgnorePatterns=/node_modules/', ...others);
const simulated = tests('simulation', 'unit', 'simulation', ...simulation);
const integration = tests('integration', 'int', 'int');
const endToEnd = tests('end to end', 'e2e', 'e2e');

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
  return steps.map((step) => ({ ...step, niceness: GIVES_WAY }));
}

/** What a step says is shown as it goes, or at its end: lanes would mix their lines. */
async function run({ name, command: [program, ...args], niceness = 0, report }, aloud) {
  if (process.exitCode === 130) return { name, report, ok: false, seconds: 0 };
  const started = Date.now();
  const child = spawn(program, args, {
    cwd: root,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, NX_DAEMON: 'false', NX_ISOLATE_PLUGINS: 'false', NX_TUI: 'false', NO_COLOR: '1' },
  });
  const end = ended(child);
  running.add(child);
  if (niceness > 0) giveWay(child.pid, niceness);
  if (aloud) process.stderr.write(`\n── ${name}\n`);
  const said = aloud ? [] : [`\n── ${name}\n`];
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (text) => (aloud ? process.stderr.write(text) : said.push(text)));
  const status = await end;
  running.delete(child);
  const seconds = Number(((Date.now() - started) / 1000).toFixed(1));
  process.stderr.write(said.join(''));
  process.stderr.write(`── ${name}: ${status === 0 ? 'ok' : 'FAILED'} in ${seconds} s\n`);
  return { name, report, ok: status === 0, seconds };
}

/** Its exit code when it has ended and said all; null for a signal, -1 when it could not be started. */
function ended(child) {
  return new Promise((resolve) => {
    child.once('error', (error) => {
      process.stderr.write(`${error.message}\n`);
      resolve(-1);
    });
    child.once('exit', (code) => setTimeout(() => resolve(code), LAST_WORDS_MS).unref());
    child.once('close', resolve);
  });
}

/** A step that cannot be made nicer runs as it is. */
function giveWay(pid, niceness) {
  try {
    if (pid) setPriority(pid, Math.min(NICEST, getPriority() + niceness));
  } catch (error) {
    process.stderr.write(`the priority of process ${pid} stays: ${error.message}\n`);
  }
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
    const first = lanes.filter(([{ niceness = 0 }]) => niceness === 0);
    const under = lanes.map((steps) => lane(steps, first.length === 1 && first[0] === steps));
    done.push(...(await Promise.all(under)).flat());
  }
  return done;
}

/** What the tests of a step came to. A report that is missing, or in which nothing passed, is one failure. */
function count(name) {
  try {
    const report = JSON.parse(readFileSync(reportOf(name), 'utf8'));
    // A suite that cannot even be loaded runs no test: it counts as one failure.
    const failed = report.numFailedTests + report.numRuntimeErrorTestSuites;
    const passed = report.numPassedTests;
    return { passed, failed: report.success && passed > 0 ? failed : Math.max(1, failed) };
  } catch (error) {
    process.stderr.write(`the results of ${name} cannot be counted: ${error.message}\n`);
    return { passed: 0, failed: 1 };
  }
}

rmSync(results, { recursive: true, force: true });
mkdirSync(results, { recursive: true });
const steps = await inStages(process.argv.includes('verify') ? verify : everything);
const counts = steps.flatMap(({ report }) => (report === undefined ? [] : [count(report)]));
const sum = (key) => counts.reduce((total, one) => total + one[key], 0);
const ok = steps.every((step) => step.ok) && sum('failed') === 0;
const failed = ok ? 0 : Math.max(1, sum('failed'));
const summary = { passed: sum('passed'), failed, steps };
writeFileSync(join(results, 'summary.json'), `${JSON.stringify(summary, null, 2)}\n`);
process.stderr.write(`\n${summary.passed} passed, ${summary.failed} failed\n`);
process.exit(ok ? 0 : 1);
