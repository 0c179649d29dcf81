export type JsonFault = 'too-deep' | 'forbidden-key' | 'forbidden-value';

interface Fault {
  readonly reason: JsonFault;
  readonly message: string;
}

/** Deeper documents parse, but overflow the stack of the first recursive reader. */
export const MAX_DEPTH = 100;

/**
 * Cheap signs that the slower walk over the parsed value is needed; most messages show none. A large exponent counts
 * only where a number may stand: ids of hexadecimal digits are full of `7e123`.
 */
const suspicious = /__proto__|\\u005f|\\u0000|\\u[dD][89a-fA-F]|[:,[]\s*-?[\d.]+[eE]\+?\d{3}|\d{300}/i;

/** What is dangerous in a JSON text although it parses: nesting, `__proto__` keys, infinite numbers, NUL characters. */
export function inspectJson(text: string): Fault | undefined {
  if (text.length > 2 * MAX_DEPTH && depthExceeds(text, MAX_DEPTH)) return tooDeep;
  if (!suspicious.test(text)) return undefined;
  try {
    return faultOfValue(JSON.parse(text) as unknown);
  } catch {
    return undefined;
  }
}

function depthExceeds(text: string, limit: number): boolean {
  let depth = 0;
  for (let i = 0; i < text.length; i += 1) {
    const char = text.charCodeAt(i);
    if (char === QUOTE) i = endOfString(text, i);
    else if (char === 0x5b || char === 0x7b) depth += 1;
    else if (char === 0x5d || char === 0x7d) depth -= 1;
    if (depth > limit) return true;
  }
  return false;
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;

function endOfString(text: string, start: number): number {
  let i = start + 1;
  while (i < text.length && text.charCodeAt(i) !== QUOTE) i += text.charCodeAt(i) === BACKSLASH ? 2 : 1;
  return i;
}

/** As `inspectJson` for one value of a larger document, whose nesting is checked here too. */
export function faultOfValue(root: unknown): Fault | undefined {
  const open: { value: unknown; depth: number }[] = [{ value: root, depth: 0 }];
  for (let next = open.pop(); next; next = open.pop()) {
    const { value, depth } = next;
    const fault = depth > MAX_DEPTH ? tooDeep : faultOf(value);
    if (fault) return fault;
    if (typeof value !== 'object' || value === null) continue;
    for (const [key, inner] of Object.entries(value)) {
      if (key === '__proto__') return forbiddenKey;
      open.push({ value: key, depth }, { value: inner, depth: depth + 1 });
    }
  }
  return undefined;
}

const tooDeep: Fault = {
  reason: 'too-deep',
  message: `The message nests deeper than ${MAX_DEPTH} levels.`,
};
const forbiddenKey: Fault = { reason: 'forbidden-key', message: 'The key __proto__ is not accepted.' };

const loneSurrogate = /[\uD800-\uDBFF](?![\uDC00-\uDFFF])|(?<![\uD800-\uDBFF])[\uDC00-\uDFFF]/;

function faultOf(value: unknown): Fault | undefined {
  if (typeof value === 'number' && !Number.isFinite(value)) {
    return { reason: 'forbidden-value', message: 'The message holds a number that is not finite.' };
  }
  if (typeof value !== 'string' || !(value.includes('\0') || loneSurrogate.test(value))) return undefined;
  return {
    reason: 'forbidden-value',
    message: 'The message holds a NUL character or half a surrogate pair, which cannot be stored.',
  };
}
