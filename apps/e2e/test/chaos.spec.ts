import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { scenarios } from '../src/chaos/scenarios/index.js';
import { inRepository } from '../src/index.js';

describe('the faults of chaos', () => {
  const faults = scenarios.map(({ fault }) => fault);

  it('are in the order of the catalogue, each once', () => {
    expect(faults).toEqual([...new Set(faults)].sort((a, b) => a - b));
  });

  it('are all on the page, as they are told to people', () => {
    const page = readFileSync(inRepository('docs/chaos.md'), 'utf8');
    const rows = page.split('\n').filter((line) => /^\| \d+ +\| /.test(line));
    const told = rows.map((row) => row.split('|').map((cell) => cell.trim()));
    expect(told.map(([, fault, title, promise]) => [Number(fault), title, promise])).toEqual(
      scenarios.map(({ fault, title, promise }) => [fault, title, promise]),
    );
  });
});
