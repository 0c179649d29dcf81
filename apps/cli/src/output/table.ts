import { paint, screenColumns } from './terminal.js';
import { padTo, widthOf, wrapTo } from './width.js';

export interface Column<Row> {
  readonly title: string;
  readonly value: (row: Row) => string;
  readonly align?: 'left' | 'right';
}

const GAP = '  ';
/** A last column that is narrower would be a pillar of single words. */
const NARROWEST = 20;

/**
 * Aligned columns with a heading; an empty list says so. On a screen that is too narrow the last column is wrapped,
 * or goes below its row when hardly any room is left for it.
 */
export function table<Row>(
  rows: readonly Row[],
  columns: readonly Column<Row>[],
  empty: string,
  screen = screenColumns() ?? Infinity,
): string {
  if (rows.length === 0) return paint.dim(empty);
  const cells = rows.map((row) => columns.map((column) => column.value(row)));
  const widths = columns.map((column, i) =>
    Math.max(column.title.length, ...cells.map((line) => widthOf(line[i] ?? ''))),
  );
  const line = (texts: readonly string[]): string =>
    texts
      .map((text, i) => padTo(text, widths[i] ?? 0, columns[i]?.align))
      .join(GAP)
      .trimEnd();
  const room = screen - widths.slice(0, -1).reduce((sum, width) => sum + width + GAP.length, 0);
  const titles = columns.map((column) => column.title);
  const fits = (widths.at(-1) ?? 0) <= room;
  if (fits || room >= NARROWEST)
    return [paint.bold(line(titles)), ...cells.flatMap((texts) => wrapped(texts, room).map(line))].join('\n');
  const below = (text: string): string[] =>
    text === '' ? [] : wrapTo(text, screen - GAP.length).map((part) => GAP + part);
  const lines = cells.flatMap((texts) => [line(texts.slice(0, -1)), ...below(texts.at(-1) ?? '')]);
  return [paint.bold(line(titles.slice(0, -1))), ...lines].join('\n');
}

/** A row as one line, or as several of which the later ones have only the rest of the last cell. */
function wrapped(texts: readonly string[], room: number): string[][] {
  const last = texts.at(-1) ?? '';
  if (widthOf(last) <= room) return [[...texts]];
  const [first = '', ...rest] = wrapTo(last, room);
  const before = texts.slice(0, -1);
  return [[...before, first], ...rest.map((text) => [...before.map(() => ''), text])];
}
