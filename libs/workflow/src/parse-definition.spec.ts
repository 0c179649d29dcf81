import { describe, expect, it } from '@jest/globals';
import { canonicalJson } from '@trimtab/kernel';
import { WorkflowError } from './errors.js';
import type { DefinitionProblem } from './errors.js';
import { defineWorkflow, parseWorkflow } from './parse-definition.js';

const problems = (text: string): string[] => {
  try {
    parseWorkflow(text);
    return [];
  } catch (error) {
    if (!(error instanceof WorkflowError)) throw error;
    return (error.details.problems as DefinitionProblem[]).map(
      (p) => `${p.line}:${p.column} ${p.code} ${p.message}`,
    );
  }
};

describe('a workflow definition', () => {
  it('is the same from YAML and from TypeScript', () => {
    const yaml = parseWorkflow(`
name: demo
version: 1
tasks:
  scan: { uses: discovery.scan, timeout: 5m, retry: { maxAttempts: 5, initialDelay: 250ms } }
  plan: { uses: execution.plan, needs: scan, with: { found: "\${ tasks.scan.output.found }" }, when: input.full }
`);
    const built = defineWorkflow({
      name: 'demo',
      version: '1',
      tasks: {
        plan: {
          uses: 'execution.plan',
          needs: ['scan'],
          with: { found: '${ tasks.scan.output.found }' },
          when: 'input.full',
        },
        scan: {
          uses: 'discovery.scan',
          timeout: { run: 300_000 },
          retry: { initialDelay: '250ms', maxAttempts: 5 },
        },
      },
    });
    expect(canonicalJson(yaml)).toBe(canonicalJson(built));
    expect(yaml.tasks.scan?.timeout).toEqual({ run: 300_000 });
  });

  it('reports every problem at once with its line and column', () => {
    const found = problems(`name: demo
version: "1"
tasks:
  a:
    uses: x.y
    needs: [a, ghost]
  b:
    uses: x.y
    needs: [a, a]
    when: tasks.zzz.output > 1
  c:
    uses: x.y
    with: { v: "\${ 1 + }", w: "\${ tasks.b.output }" }
`);
    expect(found).toEqual([
      '6:13 needs.self a needs itself',
      '6:16 needs.unknown there is no task "ghost"',
      '9:16 needs.duplicate "a" is listed twice',
      expect.stringMatching(/^10:5 expression.unknown-task .*there is no task "zzz"/),
      expect.stringMatching(/^13:13 expression.bad Correct the expression "1 \+"/),
      expect.stringMatching(/^13:28 expression.unknown-task .*add "b" to needs/),
    ]);
  });

  it('names the cycle', () => {
    const cyclic = `name: c
version: "1"
tasks:
  a: { uses: x.y, needs: [c] }
  b: { uses: x.y, needs: [a] }
  c: { uses: x.y, needs: [b] }
`;
    expect(problems(cyclic)).toEqual([
      expect.stringMatching(/^4:\d+ needs.cycle cycle: (a → b → c → a|a → c → b → a)/),
    ]);
  });

  it('says what is missing or unknown in the shape', () => {
    const text = `name: s
version: "1"
tasks:
  a: { with: {} }
  b: { uses: x.y, retries: 3, timeout: soon }
`;
    expect(problems(text).map((p) => p.split(' ').slice(0, 2).join(' '))).toEqual([
      expect.stringMatching(/^4:\d+ schema\./),
      '5:19 schema.unknown-key',
      expect.stringMatching(/^5:\d+ schema\./),
    ]);
    expect(problems(text)[0]).toContain('missing `uses`');
  });

  it('refuses duplicate names and broken YAML with their place', () => {
    expect(problems('name: d\nversion: "1"\ntasks:\n  a: { uses: x.y }\n  a: { uses: x.y }\n')[0]).toMatch(
      /^5:3 yaml.duplicate_key/,
    );
    expect(problems('name: [\n')[0]).toMatch(/^\d+:\d+ yaml\./);
  });

  it.each([
    ['`output` outside of outputs', { with: { a: '${ output }' } }],
    ['`item` without forEach', { with: { a: '${ item }' } }],
    ['a regular expression of unbounded cost', { when: 'input.name.matches("(a+)+$")' }],
    ['loops nested three deep', { when: 'input.a.all(x, input.b.all(y, input.c.all(z, x == y + z)))' }],
    ['an expression longer than the limit', { when: `input.a == "${'x'.repeat(5_000)}"` }],
    ['`tasks` as a whole', { when: 'size(tasks) > 1' }],
    ['an unknown variable', { when: 'process.env == 1' }],
    ['a timer without a duration', { uses: 'timer' }],
  ])('refuses %s', (_, task) => {
    expect(() => defineWorkflow({ name: 'r', version: '1', tasks: { a: { uses: 'x.y', ...task } } })).toThrow(
      WorkflowError,
    );
  });

  it('asks for a dependency before a result can be read', () => {
    const task = { uses: 'x.y' };
    const reading = { uses: 'x.y', with: { v: '${ tasks.a.output }' } };
    expect(() => defineWorkflow({ name: 'r', version: '1', tasks: { a: task, b: reading } })).toThrow(
      /add "a" to needs/,
    );
    expect(() =>
      defineWorkflow({ name: 'r', version: '1', tasks: { a: task, b: { ...reading, needs: ['a'] } } }),
    ).not.toThrow();
  });
});
