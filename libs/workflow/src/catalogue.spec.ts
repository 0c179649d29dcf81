import { describe, expect, it } from '@jest/globals';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { parse } from 'yaml';
import { workflowJsonSchema } from './definition-schema.js';
import { drawingOf } from './drawing.js';
import { inspectWorkflow, parseWorkflow } from './parse-definition.js';

const catalogue = {
  'report.compile': { required: ['runId'] },
  'report.send': { required: [] },
  'bill.import': { required: ['file'] },
};

const TEXT = `name: monthly
version: 1
input:
  type: object
  properties: { file: { type: string } }
requires: [service:bill.import]
tasks:
  import: { uses: bill.import, with: { file: "\${ input.file }" }, onError: { handler: rescue } }
  rescue: { uses: report.send, needs: import }
  compile: { uses: report.compile, needs: [import, rescue], with: { runId: "\${ run.id }" }, when: "true" }
  ok: { uses: approval, needs: compile, optional: true }
`;

const problems = (text: string): string[] =>
  inspectWorkflow(text, catalogue).problems.map(
    ({ line, column, code, message, severity = 'error' }) =>
      `${line}:${column} ${severity} ${code} ${message}`,
  );

describe('a definition held against the task types that are known', () => {
  it('is accepted when everything fits', () => {
    expect(problems(TEXT)).toEqual([]);
  });

  it('names what is missing or unknown, where it stands, and what may have been meant', () => {
    const text = TEXT.replace('report.send', 'report.sned')
      .replace('{ runId: "${ run.id }" }', '{}')
      .replace('input.file', 'input.fiel')
      .replace('uses: approval', 'uses: bil.import');
    expect(problems(text)).toEqual([
      '8:40 error expression.unknown-input "input.fiel" reads input.fiel, which the schema of the input does not name; did you mean "file"?',
      '9:13 error uses.unknown there is no task type report.sned; did you mean "report.send"?',
      '10:61 error with.missing report.compile needs with.runId',
      '11:9 warning uses.unknown nobody is known to offer bil.import; did you mean "bill.import"?',
    ]);
    expect(inspectWorkflow(text, catalogue).definition).toBeUndefined();
  });

  it('is accepted with a warning when only a service is missing', () => {
    const { definition, problems: found } = inspectWorkflow(
      TEXT.replace('bill.import,', 'ledger.book,'),
      catalogue,
    );
    expect(definition?.name).toBe('monthly');
    expect(found).toEqual([expect.objectContaining({ severity: 'warning', line: 8 })]);
  });

  it('refuses a handler that does not know what it handles, bad requirements and bad schemas', () => {
    const text = TEXT.replace('needs: import }', 'needs: [] }')
      .replace('service:bill.import', 'bill import')
      .replace('type: string', 'type: strin');
    expect(problems(text).join()).toMatch(/must be <kind>:<name>/);
    expect(problems(text.replace('bill import', 'data:bill')).map((one) => one.split(' ')[2])).toEqual(
      expect.arrayContaining(['handler.needs']),
    );
    expect(problems(TEXT.replace('handler: rescue', 'handler: nobody')).join()).toContain('handler.unknown');
  });
});

describe('the JSON Schema of a definition', () => {
  const validate = new Ajv2020({ strict: false }).compile(workflowJsonSchema());

  it('accepts what the parser accepts', () => {
    validate(parse(TEXT));
    expect(validate.errors).toBeNull();
  });

  it.each([
    ['an unknown key', TEXT.replace('uses: report.send', 'uses: report.send, retries: 3')],
    ['a missing `uses`', TEXT.replace('uses: report.send, ', '')],
    ['an unknown reaction', TEXT.replace('onError: { handler: rescue }', 'onError: explode')],
  ])('refuses %s', (_, text) => {
    expect(validate(parse(text))).toBe(false);
  });
});

describe('the drawing of a definition', () => {
  const definition = parseWorkflow(TEXT);

  it('is a tree in text', () => {
    expect(drawingOf(definition, 'text')).toBe(`monthly 1
import (bill.import)  [on error rescue]
  rescue (report.send)  ← import
    compile (report.compile)  ← import, rescue  [when true]
      ok (approval)  ← compile  [optional]`);
  });

  it('is a flowchart for Mermaid and a graph for Graphviz', () => {
    expect(drawingOf(definition, 'mermaid').split('\n')).toEqual([
      'flowchart TD',
      '  t0["import<br/>bill.import"]',
      '  t1["rescue<br/>report.send"]',
      '  t2["compile<br/>report.compile"]',
      '  t3{{"ok<br/>approval"}}',
      '  t0 -->|"failed"| t1',
      '  t0 -->|"true"| t2',
      '  t1 -->|"true"| t2',
      '  t2 --> t3',
    ]);
    expect(drawingOf(definition, 'dot')).toContain('  "import" -> "rescue";');
  });
});
