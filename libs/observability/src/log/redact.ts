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
  if (typeof value === 'string') return withoutUserInfo(value);
  if (typeof value === 'bigint') return value.toString();
  if (typeof value !== 'object' || value === null || value instanceof Date || value instanceof Error)
    return value;
  if (depth >= MAX_DEPTH) return '…';
  if (Array.isArray(value)) return value.slice(0, 100).map((inner) => copy(inner, depth + 1));
  if (ArrayBuffer.isView(value)) return `${value.byteLength} bytes`;
  return copyFields(value, depth);
}

const withoutUserInfo = (text: string): string =>
  text.includes('://') ? text.replace(userInfo, '$1***@') : text;

function copyFields(value: object, depth: number): Record<string, unknown> {
  const result: Record<string, unknown> = {};
  for (const [name, inner] of Object.entries(value)) {
    const shown = isSecret(name) ? '***' : copy(inner, depth + 1);
    if (name === '__proto__') Object.defineProperty(result, name, { value: shown, enumerable: true });
    else result[name] = shown;
  }
  return result;
}

/** Field names are few: each is looked at once. */
const secrets = new Map<string, boolean>();
const REMEMBERED_NAMES = 1_000;

function isSecret(name: string): boolean {
  const known = secrets.get(name);
  if (known !== undefined) return known;
  const secret = secretName.test(name) && !harmless.test(name);
  if (secrets.size < REMEMBERED_NAMES) secrets.set(name, secret);
  return secret;
}
