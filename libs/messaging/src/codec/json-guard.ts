export type JsonFault = 'too-deep' | 'forbidden-key' | 'forbidden-value';

interface Fault {
  readonly reason: JsonFault;
  readonly message: string;
}

/** Deeper documents parse, but overflow the stack of the first recursive reader. */
export const MAX_DEPTH = 100;

/** Numbers that are not finite, as far as a short text can hold them: a large exponent where a number may stand. */
const hugeNumber = /[:,[]\s*-?[\d.]+[eE]\+?\d{3}/;

/** What is dangerous in a JSON text although it parses: nesting, `__proto__` keys, infinite numbers, NUL characters. */
export function inspectJson(text: string): Fault | undefined {
  if (text.length <= 2 * MAX_DEPTH && !mayHide(text) && !hugeNumber.test(text)) return undefined;
  try {
    return inspectParsed(text, JSON.parse(text) as unknown);
  } catch {
    return nestsTooDeep(text) ? tooDeep : undefined;
  }
}

/** As `inspectJson` where the value of the text is at hand: most texts show no sign that the thorough walk is needed. */
export const inspectParsed = (text: string, value: unknown): Fault | undefined =>
  mayHide(text) ? faultOfValue(value) : faultOfShape(value, 0);

/** Unescaped, a NUL or half a surrogate pair is no JSON or no UTF-8; escaped, the forbidden key may be spelt in many ways. */
const mayHide = (text: string): boolean => text.includes('__proto__') || text.includes('\\u');

function faultOfShape(value: unknown, depth: number): Fault | undefined {
  if (typeof value === 'number') return Number.isFinite(value) ? undefined : notFinite;
  if (typeof value !== 'object' || value === null) return undefined;
  if (depth >= MAX_DEPTH) return tooDeep;
  for (const inner of Array.isArray(value) ? (value as unknown[]) : Object.values(value)) {
    const fault = typeof inner === 'string' ? undefined : faultOfShape(inner, depth + 1);
    if (fault) return fault;
  }
  return undefined;
}

/** Whether a text nests too deep, which may be no JSON at all. */
function nestsTooDeep(text: string): boolean {
  let depth = 0;
  for (let i = 0; i < text.length; i += 1) {
    const char = text.charCodeAt(i);
    if (char === QUOTE) i = endOfString(text, i);
    else if (char === 0x5b || char === 0x7b) depth += 1;
    else if (char === 0x5d || char === 0x7d) depth -= 1;
    if (depth > MAX_DEPTH) return true;
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
const notFinite: Fault = {
  reason: 'forbidden-value',
  message: 'The message holds a number that is not finite.',
};
const forbiddenKey: Fault = { reason: 'forbidden-key', message: 'The key __proto__ is not accepted.' };

const loneSurrogate = /[\uD800-\uDBFF](?![\uDC00-\uDFFF])|(?<![\uD800-\uDBFF])[\uDC00-\uDFFF]/;

function faultOf(value: unknown): Fault | undefined {
  if (typeof value === 'number' && !Number.isFinite(value)) return notFinite;
  if (typeof value !== 'string' || !(value.includes('\0') || loneSurrogate.test(value))) return undefined;
  return {
    reason: 'forbidden-value',
    message: 'The message holds a NUL character or half a surrogate pair, which cannot be stored.',
  };
}
