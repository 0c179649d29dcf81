const FLUSH_BYTES = 64 * 1024;

/** Rows as NDJSON bytes in pieces of about 64 KB; `count()` is right when the content was read to its end. */
export function toNdjson(rows: Iterable<unknown> | AsyncIterable<unknown>): {
  content: AsyncIterable<Uint8Array>;
  count: () => number;
} {
  let count = 0;
  async function* content(): AsyncIterable<Uint8Array> {
    let lines = '';
    for await (const row of rows) {
      count += 1;
      lines += `${JSON.stringify(row) ?? 'null'}\n`;
      if (lines.length < FLUSH_BYTES) continue;
      yield Buffer.from(lines);
      lines = '';
    }
    if (lines !== '') yield Buffer.from(lines);
  }
  return { content: content(), count: () => count };
}

/** Rows of NDJSON bytes; a line may span pieces, blank lines are skipped. */
export async function* fromNdjson<Row>(pieces: AsyncIterable<Uint8Array>): AsyncIterable<Row> {
  const decoder = new TextDecoder();
  let rest = '';
  for await (const piece of pieces) {
    const lines = (rest + decoder.decode(piece, { stream: true })).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) if (line.trim() !== '') yield JSON.parse(line) as Row;
  }
  rest += decoder.decode();
  if (rest.trim() !== '') yield JSON.parse(rest) as Row;
}
