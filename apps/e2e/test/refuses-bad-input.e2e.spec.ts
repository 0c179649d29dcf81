import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { System } from '../src/index.js';
import { inRepository, startSystem, trimtab } from '../src/index.js';

interface Refusal {
  readonly error: { code: string; message: string; retry: string; details?: { problems?: string[] } };
}

describe('bad input', () => {
  let system: System;

  beforeAll(async () => {
    system = await startSystem({ services: ['orchestrator', 'gateway'] });
  });
  afterAll(() => system?.dispose());

  const ask = async (method: string, path: string, body?: string): Promise<[number, Refusal]> => {
    const answer = await fetch(`${system.client.baseUrl}${path}`, {
      method,
      ...(body === undefined ? {} : { body, headers: { 'content-type': 'application/json' } }),
    });
    return [answer.status, (await answer.json()) as Refusal];
  };
  const cli = (...args: string[]) =>
    trimtab([...args, '--gateway', system.client.baseUrl], { cwd: system.folder });

  describe('of the API', () => {
    it('is refused with every problem at once', async () => {
      const body = { input: { settings: { cloud: { accounts: [], regions: 'all' } }, asOf: 'yesterday' } };
      const [status, { error }] = await ask('POST', '/api/v1/runs', JSON.stringify(body));
      expect([status, error.code, error.retry]).toEqual([400, 'request.invalid', 'never']);
      const problems = error.details?.problems?.join('\n');
      for (const place of [
        'input.settings.cloud.accounts',
        'input.settings.cloud.regions',
        'input.asOf',
        'idempotencyKey',
      ])
        expect(problems).toContain(place);
    });

    it.each([
      ['text that is no JSON', '{"input": '],
      ['a list where an object belongs', '[]'],
      ['a key that would reach the prototype', '{"__proto__": {"admin": true}}'],
      ['nothing', ''],
    ])('is refused: %s', async (_what, body) => {
      const [status, { error }] = await ask('POST', '/api/v1/runs', body);
      expect(status).toBe(400);
      expect(error.message).not.toBe('');
      expect(error.retry).toBe('never');
    });

    it('is refused: an unknown workflow, with the names of those that exist', async () => {
      const asked = system.client.call('startRun', {
        body: {
          workflow: 'optimise',
          input: { settings: system.cloud.settings(), asOf: system.cloud.asOf },
          idempotencyKey: 'unknown-workflow',
        },
      });
      await expect(asked).rejects.toMatchObject({
        retry: 'never',
        message: expect.stringContaining('optimize'),
      });
    });

    it.each([
      ['GET', '/api/v1/runs/run-that-never-was'],
      ['GET', '/api/v1/runs/run-that-never-was/inventory'],
      ['POST', '/api/v1/runs/run-that-never-was/cancel'],
      ['GET', '/api/v1/reports/run-that-never-was/html'],
      ['GET', '/api/v1/dead-letters/nothing'],
      ['GET', '/api/v1/no-such-thing'],
    ])('asks for what is not there: %s %s', async (method, path) => {
      const [status, { error }] = await ask(method, path, method === 'POST' ? '{}' : undefined);
      expect([status, error.retry]).toEqual([404, 'never']);
      expect(error.message).not.toBe('');
    });

    it('starts nothing', async () => {
      expect((await system.client.call('listRuns', {})).items).toEqual([]);
    });
  });

  describe('of the command line', () => {
    it.each([
      ['an unknown verb', ['optimise']],
      ['an unknown flag', ['run', '--fast']],
      ['a missing argument', ['runs', 'show']],
      ['a setting without a value', ['config', 'show', '--set', 'scan.lookbackDays']],
      ['a file that is not there', ['config', 'validate', '--config', 'missing.yaml']],
      ['a bill that is not there', ['costs', 'import', 'missing.csv']],
    ])('ends with 2 and says why: %s', async (_what, args) => {
      const { code, stdout, stderr } = await cli(...args);
      expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
      expect(stderr).toMatch(/\S/);
      expect(stderr).not.toMatch(/ {4}at /);
    });

    it('ends with 1 when the gateway refuses, and shows its words', async () => {
      const { code, stderr } = await cli('runs', 'show', 'run-that-never-was');
      expect(code).toBe(1);
      expect(stderr).toContain('run-that-never-was');
    });

    it('hands a slow reader all of a long answer, and minds none that has enough', async () => {
      const names = Array.from({ length: 400 }, (_, i) => `task-${i}`);
      const tasks = Object.fromEntries(names.map((name) => [name, { uses: 'a.b', needs: [`no-${name}`] }]));
      writeFileSync(join(system.folder, 'long.yaml'), JSON.stringify({ name: 'long', version: 1, tasks }));
      const long = 'workflow validate long.yaml --json';
      const shell = (script: string) =>
        promisify(execFile)('sh', ['-c', script], { cwd: system.folder, maxBuffer: 64e6 });
      const program = `"${process.execPath}" --no-warnings "${inRepository('apps/cli/dist/main.js')}"`;
      const slow = await shell(`${program} ${long} | { sleep 1; cat; }`);
      expect(slow.stdout.length).toBeGreaterThan(150_000);
      expect(JSON.parse(slow.stdout)).toBeDefined();
      const enough = await shell(`${program} ${long} | head -c 10`);
      expect(enough.stderr).toBe('');
    });

    it('answers with the error as JSON when asked to', async () => {
      const { code, stdout } = await cli('runs', 'show', 'run-that-never-was', '--json');
      expect(code).toBe(1);
      expect(JSON.parse(stdout)).toMatchObject({ error: { code: expect.any(String), retry: 'never' } });
    });

    it('does not run live without a confirmation', async () => {
      writeFileSync(join(system.folder, 'live.yaml'), JSON.stringify(system.cloud.settings()));
      const { code, stderr } = await cli('run', '--live', '--config', 'live.yaml');
      expect(code).toBe(2);
      expect(stderr).toMatch(/--yes/);
      expect((await system.client.call('listRuns', {})).items).toEqual([]);
    });
  });

  it('in the configuration is told with every line', async () => {
    const lines = [
      'cloud:',
      '  accounts: []',
      '  regions: [us-east-1]',
      'scan:',
      '  lookbackDays: 3',
      'colour: red',
    ];
    writeFileSync(join(system.folder, 'bad.yaml'), `${lines.join('\n')}\n`);
    const { code, stderr } = await cli('config', 'validate', '--config', 'bad.yaml');
    expect(code).toBe(2);
    expect(stderr).toMatch(/bad\.yaml:2: cloud\.accounts/);
    expect(stderr).toMatch(/bad\.yaml:5: scan\.lookbackDays/);
    expect(stderr).toMatch(/bad\.yaml:6: colour/);
  });
});
