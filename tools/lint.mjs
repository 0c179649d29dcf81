/** Lints everything, or the folders that it is given, in one process: `node tools/lint.mjs [folder…] [eslint options]`. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { root } from './setup.mjs';

/** Runs a program of a package; returns its exit code. */
const run = (path, args, stdout) =>
  spawnSync(process.execPath, [join(root, 'node_modules', path), ...args], {
    cwd: root,
    stdio: ['ignore', stdout, 'inherit'],
    // Plugins of Nx in processes of their own have seconds to come up.
    env: { ...process.env, NX_DAEMON: 'false', NX_ISOLATE_PLUGINS: 'false', NX_TUI: 'false' },
  }).status ?? 1;

const asked = process.argv.slice(2);
// Without the graph of projects that this leaves behind, the rule on imports would stay silent.
process.exitCode =
  run('nx/dist/bin/nx.js', ['show', 'projects'], 'ignore') ||
  run('eslint/bin/eslint.js', asked.length > 0 ? asked : ['.'], 'inherit');
