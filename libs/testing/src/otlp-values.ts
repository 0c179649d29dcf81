/** A value of an attribute; integers beyond 2^53 are decimal strings, bytes are hexadecimal. */
export type AttributeValue =
  string | number | boolean | null | AttributeValue[] | { [key: string]: AttributeValue };
export type Attributes = Readonly<Record<string, AttributeValue>>;

/** The OTLP JSON shapes; protobuf is decoded to the same, with bytes for ids. */
export interface AnyValue {
  stringValue?: string;
  boolValue?: boolean;
  intValue?: string | number;
  doubleValue?: number;
  arrayValue?: { values?: AnyValue[] };
  kvlistValue?: { values?: KeyValue[] };
  bytesValue?: Id;
}
export interface KeyValue {
  key: string;
  value?: AnyValue;
}
export type Id = string | Uint8Array;
export type Nanos = string | number;
/** A list of keys and values as one object. */
export function attributesOf(list: KeyValue[] = []): Attributes {
  return Object.fromEntries(list.map(({ key, value }) => [key, valueOf(value)]));
}

export function valueOf(value: AnyValue = {}): AttributeValue {
  if (value.intValue !== undefined) return integer(value.intValue);
  if (value.arrayValue) return listOf(value.arrayValue.values);
  if (value.kvlistValue) return { ...attributesOf(value.kvlistValue.values) };
  if (value.bytesValue) return hex(value.bytesValue) ?? '';
  return value.stringValue ?? value.boolValue ?? value.doubleValue ?? null;
}

function listOf(values: AnyValue[] = []): AttributeValue[] {
  return values.map(valueOf);
}

function integer(value: string | number): number | string {
  return Number.isSafeInteger(Number(value)) ? Number(value) : String(value);
}

/** An id as lower-case hexadecimal digits; undefined when it is empty. */
export function hex(id: Id | undefined): string | undefined {
  const text = typeof id === 'string' ? id.toLowerCase() : Buffer.from(id ?? []).toString('hex');
  return text === '' ? undefined : text;
}

/** RFC 3339 UTC with nanoseconds. */
export function timeOf(nanos: Nanos | undefined): string {
  const total = BigInt(nanos ?? 0);
  const seconds = new Date(Number(total / 1_000_000_000n) * 1_000).toISOString().slice(0, 19);
  return `${seconds}.${String(total % 1_000_000_000n).padStart(9, '0')}Z`;
}
