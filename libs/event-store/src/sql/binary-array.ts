/**
 * One-dimensional arrays in Postgres's binary wire format (`array_send` in the server's arrayfuncs.c): a buffer is
 * bound as a binary parameter, so that no value is quoted, escaped or parsed on the hot path.
 */
const OID = { int4: 23, int8: 20, text: 25, uuid: 2950, timestamptz: 1184 } as const;
const HEADER = 20;
/** Binary timestamps count microseconds from 2000-01-01. */
const EPOCH_2000_MS = 946_684_800_000;
const TWO_32 = 2 ** 32;

type Values<T> = readonly T[];

export function int4Array(values: Values<number>): Buffer {
  const buffer = fixed(OID.int4, values.length, 4);
  for (let i = 0, at = HEADER; i < values.length; i += 1, at += 8) {
    buffer.writeInt32BE(4, at);
    buffer.writeInt32BE(values[i] as number, at + 4);
  }
  return buffer;
}

export function int8Array(values: Values<number>): Buffer {
  const buffer = fixed(OID.int8, values.length, 8);
  for (let i = 0; i < values.length; i += 1) writeInt8(buffer, HEADER + i * 12, values[i] as number);
  return buffer;
}

/** Instants as milliseconds since 1970. */
export function timestampArray(values: Values<number>): Buffer {
  const buffer = fixed(OID.timestamptz, values.length, 8);
  for (let i = 0; i < values.length; i += 1) {
    writeInt8(buffer, HEADER + i * 12, ((values[i] as number) - EPOCH_2000_MS) * 1_000);
  }
  return buffer;
}

export function uuidArray(values: Values<string | null>): Buffer {
  if (values.includes(null)) return nullableUuids(values);
  const buffer = fixed(OID.uuid, values.length, 16);
  for (let i = 0, at = HEADER; i < values.length; i += 1, at += 20) {
    buffer.writeInt32BE(16, at);
    writeUuid(buffer, at + 4, values[i] as string);
  }
  return buffer;
}

export function textArray(values: Values<string | null>): Buffer {
  let size = HEADER;
  let nulls = 0;
  for (const value of values) {
    size += 4;
    if (value === null) nulls = 1;
    else size += Buffer.byteLength(value);
  }
  const buffer = Buffer.allocUnsafe(size);
  header(buffer, OID.text, values.length, nulls);
  let at = HEADER;
  for (const value of values) {
    const length = value === null ? -1 : buffer.write(value, at + 4);
    buffer.writeInt32BE(length, at);
    at += 4 + Math.max(length, 0);
  }
  return buffer;
}

const DASH = 0x2d;

function writeUuid(buffer: Buffer, from: number, text: string): void {
  let at = from;
  for (let i = 0; i < text.length; i += 2, at += 1) {
    if (text.charCodeAt(i) === DASH) i += 1;
    buffer[at] = (nibble(text.charCodeAt(i)) << 4) | nibble(text.charCodeAt(i + 1));
  }
}

/** Of a hex digit, in either case. */
const nibble = (code: number): number => (code & 0x0f) + (code > 0x39 ? 9 : 0);

function nullableUuids(values: Values<string | null>): Buffer {
  const parts = values.flatMap((value) => {
    const length = Buffer.alloc(4);
    length.writeInt32BE(value === null ? -1 : 16);
    return value === null ? [length] : [length, Buffer.from(value.replaceAll('-', ''), 'hex')];
  });
  const head = Buffer.alloc(HEADER);
  header(head, OID.uuid, values.length, 1);
  return Buffer.concat([head, ...parts]);
}

function fixed(oid: number, count: number, width: number): Buffer {
  const buffer = Buffer.allocUnsafe(HEADER + count * (4 + width));
  header(buffer, oid, count, 0);
  return buffer;
}

function header(buffer: Buffer, oid: number, count: number, nulls: number): void {
  buffer.writeInt32BE(1, 0);
  buffer.writeInt32BE(nulls, 4);
  buffer.writeInt32BE(oid, 8);
  buffer.writeInt32BE(count, 12);
  buffer.writeInt32BE(1, 16);
}

/** Exact up to 2^53, which a counter of events or microseconds does not reach. */
function writeInt8(buffer: Buffer, at: number, value: number): void {
  const high = Math.floor(value / TWO_32);
  buffer.writeInt32BE(8, at);
  buffer.writeInt32BE(high, at + 4);
  buffer.writeUInt32BE(value - high * TWO_32, at + 8);
}
