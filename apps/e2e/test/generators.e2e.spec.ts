import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { spawnSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { inRepository } from '../src/root.js';

const root = inRepository();
const left = new Set(['node_modules', 'dist', '.trimtab', '.nx', '.git', 'coverage']);
let copy: string;

/** A copy of the workspace that shares installed packages and links its own projects. */
function copyWorkspace(): string {
  const target = realpathSync(mkdtempSync(join(tmpdir(), 'trimtab-generate-')));
  cpSync(root, target, { recursive: true, filter: (source) => !left.has(basename(source)) });
  const modules = join(target, 'node_modules');
  mkdirSync(join(modules, '@trimtab'), { recursive: true });
  for (const name of readdirSync(join(root, 'node_modules')))
    if (name !== '@trimtab') symlinkSync(join(root, 'node_modules', name), join(modules, name));
  for (const group of ['apps', 'libs'])
    for (const folder of readdirSync(join(target, group))) {
      const { name } = JSON.parse(readFileSync(join(target, group, folder, 'package.json'), 'utf8')) as {
        name: string;
      };
      symlinkSync(join('../..', group, folder), join(modules, ...name.split('/')));
    }
  const server = 'infra/nats/server/node_modules';
  if (existsSync(join(root, server))) symlinkSync(join(root, server), join(target, server));
  return target;
}

function run(...args: string[]): { status: number | null; out: string } {
  const { status, stdout, stderr } = spawnSync(process.execPath, args, {
    cwd: copy,
    encoding: 'utf8',
    env: { ...process.env, NODE_OPTIONS: '', NX_DAEMON: 'false', NX_TUI: 'false', NO_COLOR: '1' },
  });
  return { status, out: stdout + stderr };
}

const generate = (...args: string[]) => run('tools/generate.mjs', ...args);

/** What the program wrote, which must have ended well. */
function wellDone({ status, out }: ReturnType<typeof run>): string {
  if (status !== 0) throw new Error(`ended with ${status}:\n${out}`);
  return out;
}

beforeAll(() => {
  copy = copyWorkspace();
});

afterAll(() => rmSync(copy, { recursive: true, force: true }));

describe('npm run generate', () => {
  it('refuses names that cannot be or that are taken, and writes nothing', () => {
    const refusals: [string[], RegExp][] = [
      [['service', 'Bad-Name'], /no name for a service/],
      [['service', 'anomaly'], /there is an app anomaly already/],
      [['service', 'class'], /choose another name/],
      [['service', 'tagging', '--action', 'Do It'], /no name for an action/],
      [['service', 'review'], /same name/],
      [['message', 'budget'], /<context>\.<event>/],
      [['message', 'run.started'], /there is an event trimtab\.run\.started\.v1 already/],
      [['nothing', 'at-all'], /usage:/],
      [['service'], /usage:/],
      [['service', 'tagging', '--loud'], /--loud/],
    ];
    for (const [args, why] of refusals) {
      const { status, out } = generate(...args);
      expect({ args, status }).toEqual({ args, status: 2 });
      expect(out).toMatch(why);
    }
    expect(existsSync(join(copy, 'apps/tagging'))).toBe(false);
  });

  it('writes a service and a message that type-check, lint and pass their tests', () => {
    wellDone(generate('service', 'tagging', '--action', 'audit'));
    wellDone(generate('message', 'budget.exhausted'));
    wellDone(generate('message', 'tagging.audited'));
    expect(generate('service', 'tagging').out).toMatch(/already/);

    const tsc = 'node_modules/@typescript/native/bin/tsc';
    for (const project of ['apps/tagging', 'apps/cli', 'libs/contracts'])
      expect(run(tsc, '-p', join(project, 'tsconfig.json'))).toEqual({ status: 0, out: '' });

    expect(run('tools/lint.mjs', 'apps/tagging', 'libs/contracts')).toEqual({ status: 0, out: '' });
    expect(
      run(
        'node_modules/prettier/bin/prettier.cjs',
        '--check',
        'apps/tagging',
        'libs/contracts',
        'docker-compose.yml',
      ).out,
    ).toMatch(/All matched files use Prettier/);

    const unit = run('tools/jest.mjs', 'unit', 'apps/tagging', 'libs/contracts', '--maxWorkers=1');
    expect(unit.out).toMatch(/Test Suites: 6 passed, 6 total/);
  });

  it('works on real Postgres, and the rest of the house takes the newcomers in', () => {
    wellDone(run('tools/jest.mjs', 'int', 'apps/tagging', '--maxWorkers=1'));
    wellDone(run('tools/jest.mjs', 'unit', 'apps/e2e/test/compose.spec.ts', '--maxWorkers=1'));
    wellDone(run('tools/build.mjs'));
    const contracts = run('tools/contracts.mjs');
    expect(contracts.out).toMatch(/ 0 problems/);
    expect(existsSync(join(copy, 'docs/api/schemas/task.tagging.audit.input.json'))).toBe(true);
    expect(existsSync(join(copy, 'docs/api/schemas/event.trimtab.tagging.audited.v1.json'))).toBe(true);
    const lock = JSON.parse(readFileSync(join(copy, 'package-lock.json'), 'utf8')) as { packages: object };
    expect(lock.packages).toHaveProperty(['node_modules/@trimtab/app-tagging'], {
      resolved: 'apps/tagging',
      link: true,
    });
  });
});
