import { stripVTControlCharacters } from 'node:util';

// eslint-disable-next-line no-control-regex -- the escape that starts a colour is a control character
const COLOUR = /(\u001b\[[0-9;]*m)/;

/** Cells that a text takes on a terminal; colours take none. */
export const widthOf = (text: string): number => [...stripVTControlCharacters(text)].length;

/** Spaces around a text to a width. */
export function padTo(text: string, width: number, align: 'left' | 'right' = 'left'): string {
  const space = ' '.repeat(Math.max(0, width - widthOf(text)));
  return align === 'right' ? space + text : text + space;
}

/** What fits into a width; a colour that was begun is ended. */
export function cutTo(text: string, width: number): string {
  if (widthOf(text) <= width) return text;
  let room = Math.max(0, width - 1);
  let cut = '';
  for (const part of text.split(COLOUR)) {
    const escape = part.startsWith('\u001b');
    cut += escape ? part : [...part].slice(0, room).join('');
    if (!escape) room -= Math.min(room, [...part].length);
  }
  return `${cut}…`;
}

/** A text without colours in lines of at most so many cells; a longer word has a line of its own. */
export function wrapTo(text: string, width: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(/\s+/)) {
    const last = lines.at(-1);
    if (last !== undefined && widthOf(last) + 1 + widthOf(word) <= width)
      lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines;
}
