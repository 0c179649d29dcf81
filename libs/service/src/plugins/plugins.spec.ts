import { afterAll, describe, expect, it } from '@jest/globals';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadPlugins } from './loading.js';
import { fits, problemsOf } from './validation.js';

const folder = mkdtempSync(join(tmpdir(), 'trimtab-plugins-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const plugin = { name: 'sample', version: '1.0.0', trimtab: '^0.1' };

describe('a plugin', () => {
  it.each([
    ['^0.1', '0.1.0', true],
    ['^0.1', '0.1.9', true],
    ['^0.1', '0.2.0', false],
    ['^0.1.3', '0.1.2', false],
    ['^1.2', '1.9.0', true],
    ['^1.2', '2.0.0', false],
    ['0.1', '0.1.7', true],
    ['0.1.0', '0.1.1', false],
    ['*', '9.9.9', true],
    ['latest', '0.1.0', false],
  ])('for %s fits version %s: %s', (range, version, expected) => {
    expect(fits(range, version)).toBe(expected);
  });

  it('is told everything that is wrong with it', () => {
    const wrong = {
      ...plugin,
      trimtab: '^9.0',
      tasks: { work: { handler: 'no' } },
      routes: [{ method: 'PUT', path: 'x', summary: '', reply: {}, handler: () => 1 }],
      onEvent: [],
    };
    const problems = problemsOf(wrong).join('\n');
    for (const place of [
      'trimtab',
      'tasks.work',
      'routes.0.method',
      'routes.0.path',
      'routes.0.reply',
      'onEvent',
    ])
      expect(problems).toContain(place);
    expect(problemsOf(undefined)).toHaveLength(1);
    expect(problemsOf(plugin)).toEqual([]);
  });
});

describe('loading', () => {
  const write = (name: string, text: string): string => {
    writeFileSync(join(folder, name), text);
    return `./${name}`;
  };

  it('names every plugin that cannot be used, and why', async () => {
    const broken = write('broken.mjs', "throw new Error('oops at load');");
    const empty = write('empty.mjs', 'export default { name: "empty" };');
    const names = [broken, empty, './absent.mjs', 'no-such-package-here'];
    await expect(loadPlugins(names, folder)).rejects.toMatchObject({
      code: 'plugin.invalid',
      message: expect.stringMatching(
        /broken\.mjs: oops at load[^]*empty\.mjs: version[^]*absent\.mjs[^]*no-such-package/,
      ),
    });
  });

  it('refuses two that take the same name', async () => {
    const text = `export default ${JSON.stringify(plugin)};`;
    const names = [write('one.mjs', text), write('two.mjs', text)];
    await expect(loadPlugins(names, folder)).rejects.toThrow(/sample: the name sample is taken by sample/);
  });
});
