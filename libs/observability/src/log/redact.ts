const secretName =
  /pass(word|wd)?$|secret|token$|api_?key|access_?key|private_?key|credential|authorization|cookie|signature/i;
/** Names that look secret but order work: they must stay readable. */
const harmless = /^fenc(e|ing)_?token$/i;
const userInfo = /(\w+:\/\/)[^/\s:@]+:[^/\s@]+@/g;
const MAX_DEPTH = 6;

/** A copy in which values with secret-looking names, and passwords inside URLs, show `***`. */
export function redacted<T extends object>(fields: T): Record<string, unknown> {
  return copy(fields, 0) as Record<string, unknown>;
}

function copy(value: unknown, depth: number): unknown {
  if (typeof value === 'string') return value.replace(userInfo, '$1***@');
  if (typeof value === 'bigint') return value.toString();
  if (typeof value !== 'object' || value === null || value instanceof Date || value instanceof Error)
    return value;
  if (depth >= MAX_DEPTH) return '…';
  if (Array.isArray(value)) return value.slice(0, 100).map((inner) => copy(inner, depth + 1));
  if (ArrayBuffer.isView(value)) return `${value.byteLength} bytes`;
  return Object.fromEntries(
    Object.entries(value).map(([name, inner]) => [name, isSecret(name) ? '***' : copy(inner, depth + 1)]),
  );
}

const isSecret = (name: string): boolean => secretName.test(name) && !harmless.test(name);
