import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import {
  demoDir,
  isAlive,
  nearestStack,
  removeStackFile,
  runningStack,
  writeStackFile,
} from './stack-file.js';

const folder = (): string => mkdtempSync(join(tmpdir(), 'trimtab-stack-'));
const stack = (gatewayUrl: string, pid = process.pid) => ({ pid, gatewayUrl, natsUrl: 'nats://127.0.0.1:1' });

/** The id of a process that has ended. */
async function deadPid(): Promise<number> {
  const child = spawn(process.execPath, ['-e', '']);
  await once(child, 'exit');
  return child.pid ?? 0;
}

describe('the file by which commands find a stack', () => {
  it('is found while its process lives, and the real stack before the demo', () => {
    const dataDir = folder();
    expect(nearestStack(dataDir)).toBeUndefined();
    writeStackFile(demoDir(dataDir), stack('http://demo'));
    expect(nearestStack(dataDir)?.gatewayUrl).toBe('http://demo');
    writeStackFile(dataDir, { ...stack('http://real'), defaults: { cloud: { regions: ['eu-west-1'] } } });
    expect(nearestStack(dataDir)).toMatchObject({
      gatewayUrl: 'http://real',
      defaults: { cloud: { regions: ['eu-west-1'] } },
    });
    removeStackFile(dataDir);
    removeStackFile(dataDir);
    expect(nearestStack(dataDir)?.gatewayUrl).toBe('http://demo');
  });

  it('counts as none when its process is gone', async () => {
    const dataDir = folder();
    const pid = await deadPid();
    expect(isAlive(pid)).toBe(false);
    writeStackFile(dataDir, stack('http://gone', pid));
    expect(runningStack(dataDir)).toBeUndefined();
  });
});
