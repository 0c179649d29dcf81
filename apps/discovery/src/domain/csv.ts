/** Fields of one CSV record (RFC 4180, comma, double quotes), as the header of a bill is written. */
export function csvFields(record: string): string[] {
  const fields: string[] = [];
  const pattern = /(?:^|,)(?:"((?:[^"]|"")*)"|([^,]*))/gy;
  for (const match of record.matchAll(pattern)) {
    fields.push(match[1] === undefined ? (match[2] ?? '').trim() : match[1].replaceAll('""', '"'));
  }
  return fields;
}

const QUOTE = 0x22;
const NEWLINE = 0x0a;

/**
 * Finds on which line a record starts: quoted fields may hold line breaks, so that records and lines differ.
 * Feed the file's bytes in order; `line` is set once the record was met. Record 0 is the header; empty lines are none.
 */
export class RecordLines {
  private quoted = false;
  private atLine = 1;
  private record = -1;
  private inRecord = false;
  line: number | undefined;

  constructor(private readonly wanted: number) {}

  feed(bytes: Uint8Array): void {
    for (const byte of bytes) {
      if (this.line !== undefined) return;
      this.take(byte);
    }
  }

  private take(byte: number): void {
    if (byte === NEWLINE) {
      this.atLine += 1;
      if (!this.quoted) this.inRecord = false;
      return;
    }
    if (byte === QUOTE) this.quoted = !this.quoted;
    if (this.inRecord || byte === 0x0d) return;
    this.inRecord = true;
    this.record += 1;
    if (this.record === this.wanted) this.line = this.atLine;
  }
}
