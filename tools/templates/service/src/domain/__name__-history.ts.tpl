import type { Sql } from '@trimtab/event-store';

/** The subjects that earlier runs have seen. */
export abstract class {{Name}}History {
  /** Those of `subjects` that are known. */
  abstract known(subjects: readonly string[]): Promise<ReadonlySet<string>>;
  /** Records subjects in the worker's transaction; the same again changes nothing. */
  abstract record(tx: Sql, runId: string, subjects: readonly string[]): Promise<void>;
}
