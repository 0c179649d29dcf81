/** The door of the npm scripts: sets up what is missing, then runs `demo`, `trimtab`, `test`, `simulate`, `chaos`, `bench`, `verify` or `build`. */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { root, setUp } from './setup.mjs';

const [verb, ...args] = process.argv.slice(2);
const cli = join(root, 'apps/cli/dist/main.js');
const typescript = ['--conditions=@trimtab/source', '--import', join(root, 'tools/ts-hooks.mjs')];
const programs = {
  demo: [cli, 'demo', ...args],
  trimtab: [cli, ...args],
  test: [join(root, 'tools/test.mjs'), ...args],
  simulate: [...typescript, join(root, 'apps/orchestrator/test/simulation/simulate.ts'), ...args],
  chaos: [join(root, 'apps/e2e/dist/chaos/main.js'), ...args],
  bench: [join(root, 'bench/dist/main.js'), ...args],
  contracts: [join(root, 'tools/contracts.mjs'), ...args],
  verify: [join(root, 'tools/test.mjs'), '--only', 'verify', ...args],
};

await setUp();
if (verb !== 'build') {
  const program = programs[verb];
  if (!program) throw new Error(`unknown verb ${verb}`);
  const child = spawn(process.execPath, ['--no-warnings', ...program], { stdio: 'inherit' });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  child.on('exit', (code, signal) => process.exit(signal ? 130 : (code ?? 1)));
}
