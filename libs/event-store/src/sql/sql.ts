/** The part of a `pg` pool or client that SQL needs; everything here runs in a caller's transaction through it. */
export interface Sql {
  query(text: string, values?: unknown[]): Promise<{ rows: unknown[] }>;
}

/** Rows of a statement, typed by the caller (the statement is the schema). */
export async function rowsOf<Row>(sql: Sql, text: string, values: unknown[] = []): Promise<Row[]> {
  return (await sql.query(text, values)).rows as Row[];
}

interface StructuredQuery {
  query(text: string, values: unknown[] | undefined, structured: true): Promise<{ records: unknown[] }>;
}

/** The transaction of a TypeORM `QueryRunner` (or the runner of an `EntityManager`) as `Sql`. */
export function sqlOf(runner: StructuredQuery): Sql {
  return {
    query: async (text, values) => ({ rows: (await runner.query(text, values, true)).records }),
  };
}
