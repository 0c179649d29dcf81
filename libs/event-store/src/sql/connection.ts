/** SQLSTATE of an error of Postgres, undefined when the connection (or anything else) failed. */
export function sqlState(error: unknown): string | undefined {
  const code = (error as { code?: unknown } | undefined)?.code;
  return typeof code === 'string' && /^[0-9A-Z]{5}$/.test(code) ? code : undefined;
}

/**
 * Whether the statement itself was refused (class 22 data, 23 constraint, 54 limits): it was rolled back for certain
 * and would be refused again. Everything else (connection, shutdown, disk full, rights) may pass later.
 */
export function isRefused(error: unknown): boolean {
  return /^(22|23|54)/.test(sqlState(error) ?? '');
}

/** Whether the server answered that it did not commit, as opposed to no answer at all. */
export function isAnswered(error: unknown): boolean {
  const state = sqlState(error);
  return state !== undefined && !/^(08|57P)/.test(state);
}

/** Quotes nothing: schema names are ours, so anything unusual is a mistake. Throws on it. */
export function schemaName(name: string): string {
  if (/^[a-z][a-z0-9_]{0,62}$/.test(name)) return name;
  throw new TypeError(`"${name}" cannot be a schema: use lower-case letters, digits and underscores.`);
}
