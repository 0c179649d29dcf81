import { describe, expect, it } from '@jest/globals';
import { compileExpression } from './expressions.js';
import { compileTemplate } from './templates.js';

const value = (source: string, input: unknown): unknown => compileExpression(source).evaluate({ input });
const rendered = (template: never, input: unknown): unknown =>
  compileTemplate(template, '', (error) => {
    throw error;
  }).render({ input });

describe('an expression', () => {
  it('computes with JSON numbers', () => {
    expect(value('input.n + 1', { n: 2 })).toBe(3);
    expect(value('input.n % 2 == 1', { n: 3 })).toBe(true);
    expect(value('input.list.map(x, x * 2)', { list: [1, 2] })).toEqual([2, 4]);
    expect(value('{"n": size(input.list)}', { list: [1, 2] })).toEqual({ n: 2 });
    expect(value('input.?missing.orValue("none")', {})).toBe('none');
    expect(value('flatten(input.l)', { l: [[1], null, [2, 3]] })).toEqual([1, 2, 3]);
    expect(value('addUp(input.l)', { l: [{ a: 1 }, null, { a: 2, b: 1 }] })).toEqual({ a: 3, b: 1 });
  });

  it('fails with a code when it reads what is not there, divides by zero or is not finite', () => {
    for (const source of ['input.a.b', '1 / 0', 'input.n / 0.0', 'input.constructor']) {
      expect(() => value(source, { n: 1 })).toThrow(
        expect.objectContaining({ code: 'workflow.expression-failed', retry: 'never' }),
      );
    }
  });

  it('stops nested loops over long lists before they start', () => {
    const list = Array.from({ length: 5_000 }, (_, i) => i);
    expect(() => value('input.l.exists(a, input.l.exists(b, a + b == -1))', { l: list })).toThrow(
      /at most 1000/,
    );
  });
});

describe('a template', () => {
  it('keeps the type of a single expression and joins mixed text', () => {
    const template = {
      a: '${ input.n }',
      b: 'n is ${input.n}, ${ {"k": "}"} }',
      c: [1, 'plain', '${ input.l[0] }'],
    };
    expect(rendered(template as never, { n: 3, l: ['x'] })).toEqual({
      a: 3,
      b: 'n is 3, {"k":"}"}',
      c: [1, 'plain', 'x'],
    });
  });
});
