import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { XMLParser } from 'fast-xml-parser';
import { QueryInput } from './query-input.js';
import { element } from './xml.js';

describe('query parameters', () => {
  it('are read as lists and nested groups, beyond nine members and in order', () => {
    const pairs = Array.from(
      { length: 12 },
      (_, i) => `Filter.${i + 1}.Name=n${i + 1}&Filter.${i + 1}.Value.1=v${i + 1}`,
    );
    const input = QueryInput.parse(pairs.reverse().join('&'));
    expect(input.groups('Filter').map((filter) => filter.text('Name'))).toEqual(
      Array.from({ length: 12 }, (_, i) => `n${i + 1}`),
    );
    expect(input.groups('Filter')[11]?.list('Value')).toEqual(['v12']);
  });

  it('refuse what is missing and what is not a number', () => {
    const input = QueryInput.parse('Size=big');
    expect(() => input.need('VolumeId')).toThrow(expect.objectContaining({ code: 'MissingParameter' }));
    expect(() => input.number('Size')).toThrow(expect.objectContaining({ code: 'InvalidParameterValue' }));
  });

  it('have one fingerprint whatever their order', () => {
    expect(QueryInput.parse('A=1&B=2').fingerprint()).toBe(QueryInput.parse('B=2&A=1').fingerprint());
    expect(QueryInput.parse('A=1&B=2').fingerprint()).not.toBe(QueryInput.parse('A=1&B=3').fingerprint());
  });
});

describe('XML text', () => {
  it('comes back from a parser as it went in', () => {
    const parser = new XMLParser({ parseTagValue: false, trimValues: false });
    const text = fc.string({ unit: fc.constantFrom('a', '<', '>', '&', '"', "'", ' ', ']', 'é', '語') });
    fc.assert(
      fc.property(text, (value) => {
        const parsed = parser.parse(element('a', { b: value })) as { a: { b: string } };
        expect(parsed.a.b).toBe(value);
      }),
    );
  });
});
