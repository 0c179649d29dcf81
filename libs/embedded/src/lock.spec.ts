import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { takeLock } from './lock.js';

let folder: string;
let file: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'trimtab-lock-'));
  file = join(folder, 'lock');
});
afterEach(() => rmSync(folder, { recursive: true }));

describe('a lock', () => {
  it('is held by one and free after its release', () => {
    const release = takeLock(file);
    expect(() => takeLock(file)).toThrow(new RegExp(`process ${process.pid}\\b`));
    release();
    takeLock(file)();
    expect(readdirSync(folder)).toEqual([]);
  });

  it('is taken over from a process that is gone', () => {
    const { pid } = spawnSync(process.execPath, ['-e', '']);
    writeFileSync(file, JSON.stringify({ pid, started: '1' }));
    takeLock(file);
    expect(JSON.parse(readFileSync(file, 'utf8'))).toMatchObject({ pid: process.pid });
    expect(readdirSync(folder)).toEqual(['lock']);
  });

  it('is taken over when another process has the id of its holder by now', () => {
    writeFileSync(file, JSON.stringify({ pid: process.pid, started: 'at another time' }));
    expect(() => takeLock(file)).not.toThrow();
  });

  it('is taken over when nobody can be read from it', () => {
    writeFileSync(file, '');
    expect(() => takeLock(file)).not.toThrow();
  });

  it('is not released by one who lost it', () => {
    const release = takeLock(file);
    writeFileSync(file, 'somebody else');
    release();
    expect(existsSync(file)).toBe(true);
  });
});
