import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { ChildProcess } from 'node:child_process';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { endProcess, isAlive, reapOrphan } from './processes.js';

let folder: string;
let pidFile: string;
let child: ChildProcess;

async function sleeper(script: string, ...args: string[]): Promise<number> {
  const code = `${script}; setInterval(() => {}, 1000); console.log('ready')`;
  child = spawn(process.execPath, ['-e', code, ...args], { stdio: ['ignore', 'pipe', 'ignore'] });
  if (child.stdout) await once(child.stdout, 'data');
  writeFileSync(pidFile, `${child.pid}\n`);
  return child.pid as number;
}

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'trimtab-processes-'));
  pidFile = join(folder, 'pid');
});
afterEach(() => {
  child?.kill('SIGKILL');
  rmSync(folder, { recursive: true });
});

describe('ending a process', () => {
  it('stops at the first signal that works', async () => {
    const pid = await sleeper('');
    const exit = once(child, 'exit');
    expect(await endProcess(pid, [['SIGTERM', 30_000]])).toBe(true);
    expect(isAlive(pid)).toBe(false);
    await exit;
    expect(child.signalCode).toBe('SIGTERM');
  });

  it('goes on to the next signal when one is ignored', async () => {
    const pid = await sleeper(`process.on('SIGTERM', () => {})`);
    expect(
      await endProcess(pid, [
        ['SIGTERM', 100],
        ['SIGKILL', 30_000],
      ]),
    ).toBe(true);
    expect(isAlive(pid)).toBe(false);
  });

  it('accepts that it is gone already', async () => {
    const pid = await sleeper('');
    child.kill('SIGKILL');
    await once(child, 'exit');
    expect(await endProcess(pid, [['SIGTERM', 30_000]])).toBe(true);
  });
});

describe('reaping an orphan', () => {
  it('ends the process whose command line names our folder', async () => {
    const pid = await sleeper('', folder);
    expect(await reapOrphan(pidFile, folder, [['SIGTERM', 30_000]])).toBe(pid);
    expect(isAlive(pid)).toBe(false);
  });

  it('leaves a stranger alone who has got the id', async () => {
    const pid = await sleeper('', '/somewhere/else');
    expect(await reapOrphan(pidFile, folder, [['SIGKILL', 1_000]])).toBeUndefined();
    expect(isAlive(pid)).toBe(true);
  });

  it('has nothing to do without a readable pid file', async () => {
    expect(await reapOrphan(join(folder, 'none'), folder, [['SIGKILL', 1_000]])).toBeUndefined();
    for (const text of ['', 'x', '0', '1', '-1']) {
      writeFileSync(pidFile, text);
      expect(await reapOrphan(pidFile, '', [['SIGKILL', 1_000]])).toBeUndefined();
    }
  });
});
