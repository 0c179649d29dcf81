import { stripVTControlCharacters } from 'node:util';
import { describe, expect, it } from '@jest/globals';
import { table } from './table.js';
import { cutTo, padTo, widthOf, wrapTo } from './width.js';

const red = (text: string): string => `\u001b[31m${text}\u001b[39m`;
const plain = (text: string): string[] => stripVTControlCharacters(text).split('\n');

interface Row {
  readonly id: string;
  readonly count: string;
  readonly why: string;
}
const columns = [
  { title: 'ID', value: (row: Row) => row.id },
  { title: 'N', value: (row: Row) => row.count, align: 'right' as const },
  { title: 'WHY', value: (row: Row) => row.why },
];
const rows: Row[] = [
  { id: 'a', count: '1', why: 'it was never used by anybody at all' },
  { id: 'longer', count: '1,200', why: '' },
];

describe('a table', () => {
  it('aligns its columns, colours or not, and leaves no space at the end of a line', () => {
    const coloured = [{ id: red('a'), count: '1', why: 'x' }, ...rows.slice(1)];
    expect(plain(table(coloured, columns, 'none', 80))).toEqual([
      'ID          N  WHY',
      'a           1  x',
      'longer  1,200',
    ]);
  });

  it('says that there is nothing', () => {
    expect(plain(table([], columns, 'Nothing here.'))).toEqual(['Nothing here.']);
  });

  it('wraps its last column on a narrow screen', () => {
    expect(plain(table(rows, columns, '', 36))).toEqual([
      'ID          N  WHY',
      'a           1  it was never used by',
      '               anybody at all',
      'longer  1,200',
    ]);
  });

  it('puts its last column below the row when hardly any room is left', () => {
    expect(plain(table(rows, columns, '', 24))).toEqual([
      'ID          N',
      '  WHY',
      'a           1',
      '  it was never used by',
      '  anybody at all',
      'longer  1,200',
    ]);
  });

  it('goes on below its rows with the columns that do not fit, aligned there too', () => {
    const wide = [...columns.slice(0, 2), { title: 'STATUS', value: () => 'open' }, columns[1]!];
    expect(plain(table(rows, wide, '', 16))).toEqual([
      'ID          N',
      '  STATUS      N',
      'a           1',
      '  open        1',
      'longer  1,200',
      '  open    1,200',
    ]);
  });
});

describe('texts on a screen', () => {
  it('are as wide as what one sees', () => {
    expect(widthOf(red('four'))).toBe(4);
    expect(widthOf(padTo(red('four'), 9))).toBe(9);
    expect(padTo('4', 3, 'right')).toBe('  4');
  });

  it('are cut to a width, and a colour that was begun is ended', () => {
    expect(cutTo(`ab${red('cdef')}gh`, 5)).toBe(`ab${red('cd')}…`);
    expect(cutTo(red('ab'), 2)).toBe(red('ab'));
  });

  it('are wrapped at words; a word that is longer than a line has one of its own', () => {
    expect(wrapTo('one two three-and-a-half four', 8)).toEqual(['one two', 'three-and-a-half', 'four']);
  });
});
