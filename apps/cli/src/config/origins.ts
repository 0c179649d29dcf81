/** Where a value of the configuration comes from, strongest last in precedence: default < file < environment < flag. */
export type Origin =
  | { readonly from: 'default' }
  | { readonly from: 'file'; readonly file: string; readonly line: number }
  | { readonly from: 'environment'; readonly variable: string }
  | { readonly from: 'flag'; readonly flag: string };

export type Path = readonly (string | number)[];

/** A value that a layer sets at a path. */
export interface Setting {
  readonly path: Path;
  readonly value: unknown;
  readonly origin: Origin;
}

export const pathText = (path: Path): string => path.join('.');

export function describeOrigin(origin: Origin): string {
  switch (origin.from) {
    case 'default':
      return 'default';
    case 'file':
      return `${origin.file}:${origin.line}`;
    case 'environment':
      return origin.variable;
    case 'flag':
      return origin.flag;
  }
}

export const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Every leaf of a value; lists count as one leaf, because a stronger layer replaces them whole. */
export function leaves(value: unknown, path: Path = []): { path: Path; value: unknown }[] {
  if (!isRecord(value) || Object.keys(value).length === 0) return [{ path, value }];
  return Object.entries(value).flatMap(([key, inner]) => leaves(inner, [...path, key]));
}

/** Sets `value` at `path` in a plain object, making the objects on the way. */
export function setAt(target: Record<string, unknown>, path: Path, value: unknown): void {
  const [key, ...rest] = path;
  if (key === undefined || key === '__proto__') return;
  if (rest.length === 0) {
    target[key] = value;
    return;
  }
  const inner = Object.hasOwn(target, key) ? target[key] : undefined;
  const next = isRecord(inner) ? inner : {};
  target[key] = next;
  setAt(next, rest, value);
}
