import { paint } from './terminal.js';

export interface Column<Row> {
  readonly title: string;
  readonly value: (row: Row) => string;
  readonly align?: 'left' | 'right';
}

// eslint-disable-next-line no-control-regex -- the escape that starts a colour is a control character
const COLOUR = /\u001b\[[0-9;]*m/g;
const width = (text: string): number => text.replace(COLOUR, '').length;

/** Aligned columns with a heading; an empty list says so. */
export function table<Row>(rows: readonly Row[], columns: readonly Column<Row>[], empty: string): string {
  if (rows.length === 0) return paint.dim(empty);
  const cells = rows.map((row) => columns.map((column) => column.value(row)));
  const widths = columns.map((column, i) =>
    Math.max(column.title.length, ...cells.map((line) => width(line[i] ?? ''))),
  );
  const pad = (text: string, i: number): string => {
    const space = ' '.repeat(Math.max(0, (widths[i] ?? 0) - width(text)));
    return columns[i]?.align === 'right' ? space + text : text + space;
  };
  const line = (texts: readonly string[]): string => texts.map(pad).join('  ').trimEnd();
  const heading = paint.bold(line(columns.map((column) => column.title)));
  return [heading, ...cells.map(line)].join('\n');
}
