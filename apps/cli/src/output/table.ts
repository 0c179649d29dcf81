import { paint, screenColumns } from './terminal.js';
import { padTo, widthOf, wrapTo } from './width.js';

export interface Column<Row> {
  readonly title: string;
  readonly value: (row: Row) => string;
  readonly align?: 'left' | 'right';
}

/** A cell ready to be laid out. */
interface Cell {
  readonly text: string;
  readonly width: number;
  readonly align: 'left' | 'right' | undefined;
}

const GAP = '  ';
/** A last column that is narrower would be a pillar of single words. */
const NARROWEST = 20;

/**
 * Aligned columns with a heading; an empty list says so. On a screen that is too narrow the last column is wrapped or,
 * when hardly any room is left for it, columns go on below their row, aligned there too.
 */
export function table<Row>(
  rows: readonly Row[],
  columns: readonly Column<Row>[],
  empty: string,
  screen = screenColumns() ?? Infinity,
): string {
  if (rows.length === 0) return paint.dim(empty);
  const texts = rows.map((row) => columns.map((column) => column.value(row)));
  const widths = columns.map((column, i) =>
    Math.max(column.title.length, ...texts.map((line) => widthOf(line[i] ?? ''))),
  );
  const bands = bandsOf(widths, screen);
  const lines = (line: readonly string[]): string[] => {
    const cells = line.map((text, i): Cell => ({ text, width: widths[i] ?? 0, align: columns[i]?.align }));
    return bands.flatMap(({ from, to }) => bandLines(cells.slice(from, to), from > 0 ? GAP : '', screen));
  };
  const heading = lines(columns.map((column) => column.title)).map((line) => paint.bold(line));
  return [...heading, ...texts.flatMap(lines)].join('\n');
}

interface Band {
  readonly from: number;
  readonly to: number;
}

/** Which columns stand side by side: as many as fit, the rest below them. */
function bandsOf(widths: readonly number[], screen: number): Band[] {
  const bands: Band[] = [];
  let from = 0;
  let used = 0;
  widths.forEach((width, i) => {
    const least = i === widths.length - 1 ? Math.min(width, NARROWEST) : width;
    if (i > from && used + least > screen) {
      bands.push({ from, to: i });
      from = i;
      used = GAP.length;
    }
    used += width + GAP.length;
  });
  return [...bands, { from, to: widths.length }];
}

/** The cells of a band; a last one that is too long goes on in lines of its own, under itself. */
function bandLines(cells: readonly Cell[], indent: string, screen: number): string[] {
  const before = cells.slice(0, -1).reduce((sum, { width }) => sum + width + GAP.length, indent.length);
  const last = cells.at(-1);
  const parts = last && widthOf(last.text) > screen - before ? wrapTo(last.text, screen - before) : undefined;
  const line = (all: readonly Cell[]): string =>
    (indent + all.map(({ text, width, align }) => padTo(text, width, align)).join(GAP)).trimEnd();
  if (!last || !parts) return cells.every(({ text }) => text === '') ? [] : [line(cells)];
  const [first = '', ...rest] = parts;
  return [
    line([...cells.slice(0, -1), { ...last, text: first }]),
    ...rest.map((part) => ' '.repeat(before) + part),
  ];
}
