import { createHash } from 'node:crypto';
import { AppError, canonicalJson } from '@trimtab/kernel';
import { rowsOf } from '@trimtab/event-store';
import type { Migration, Sql } from '@trimtab/event-store';
import { compileWorkflow, didYouMean } from '@trimtab/workflow';
import type { CompiledWorkflow, WorkflowDefinition, WorkflowRef } from '@trimtab/workflow';

export interface PinnedWorkflow {
  readonly ref: WorkflowRef;
  readonly workflow: CompiledWorkflow;
}

/** A version as it is listed. */
export interface StoredDefinition extends PinnedWorkflow {
  /** A file, a service, or who registered it. */
  readonly source: string;
  readonly registeredAt: string;
}

/** Definitions of workflows: a run keeps the one it was started with for ever, by digest. */
export abstract class Definitions {
  /** What a new run starts with, as far as this instance knows: without a version the highest one. */
  abstract known(name: string, version?: string): PinnedWorkflow | undefined;
  /** The same, looked up again when it is not known. Throws `workflow.unknown` (never). */
  abstract find(name: string, version?: string): Promise<PinnedWorkflow>;
  /** What a run was started with. Throws `workflow.unknown` (never). */
  abstract pinned(ref: WorkflowRef): Promise<CompiledWorkflow>;
}

export const definitionMigrations: readonly Migration[] = [
  {
    name: '001-definitions',
    sql: `CREATE TABLE definitions (
      digest text PRIMARY KEY,
      name text NOT NULL,
      version text NOT NULL,
      document text NOT NULL,
      registered_at timestamptz NOT NULL DEFAULT now()
    );
    CREATE TABLE bus_streams (name text PRIMARY KEY, created text NOT NULL)`,
  },
  {
    name: '002-sources-and-announced',
    sql: `ALTER TABLE definitions ADD COLUMN source text NOT NULL DEFAULT 'built in';
    CREATE TABLE announced (key text PRIMARY KEY, at timestamptz NOT NULL DEFAULT now())`,
  },
];

interface Row {
  readonly digest: string;
  readonly name: string;
  readonly version: string;
  readonly document: string;
  readonly source: string;
  readonly registered_at: Date;
}

const COLUMNS = 'digest, name, version, document, source, registered_at';

export class PostgresDefinitions extends Definitions {
  private readonly byDigest = new Map<string, CompiledWorkflow>();
  private stored = new Map<string, StoredDefinition>();
  private highest = new Map<string, StoredDefinition>();
  /** Looks at the table that have begun, and the newest of them that was taken over. */
  private looks = 0;
  private taken = 0;

  constructor(
    private readonly sql: Sql,
    private readonly schema: string,
  ) {
    super();
  }

  /** Versions that can be started, by name, the highest one first. */
  get all(): readonly StoredDefinition[] {
    return [...this.stored.values()].sort(
      (a, b) => compare(a.ref.name, b.ref.name) || compare(b.ref.version, a.ref.version),
    );
  }

  /**
   * Makes a version known and resolves with its digest, undefined when it was known before. A version that no run was
   * started with may be written anew. Throws `workflow.version-used` (never).
   */
  async register(
    definition: WorkflowDefinition,
    source: string,
    tx: Sql = this.sql,
  ): Promise<string | undefined> {
    const document = canonicalJson(definition);
    const digest = digestOf(document);
    const { name, version } = definition;
    const others = await rowsOf<Row>(
      tx,
      `SELECT ${COLUMNS} FROM ${this.schema}.definitions WHERE name = $1 AND version = $2`,
      [name, version],
    );
    if (others.some((other) => other.digest === digest)) return undefined;
    for (const other of others) {
      if (await this.isUsed(other, tx)) throw versionUsed(name, version);
      await this.forget(other.digest, tx);
    }
    const made = await rowsOf(
      tx,
      `INSERT INTO ${this.schema}.definitions (digest, name, version, document, source) VALUES ($1, $2, $3, $4, $5)
       ON CONFLICT DO NOTHING RETURNING 1`,
      [digest, name, version, document, source],
    );
    return made.length === 1 ? digest : undefined;
  }

  /** Forgets a version. Throws `workflow.unknown` and, while a stored run was started with it, `workflow.in-use` (never). */
  async delete(name: string, version: string): Promise<StoredDefinition> {
    await this.refresh();
    const found = this.stored.get(keyOf(name, version));
    if (!found) throw this.unknown(name, version);
    if (await this.isUsed(found.ref, this.sql)) {
      const message = `Runs were started with ${name} ${version}: end and clean them up first (\`trimtab runs cleanup\`).`;
      throw new AppError('workflow.in-use', message, { details: { name, version } });
    }
    await this.forget(found.ref.digest, this.sql);
    await this.refresh();
    return found;
  }

  /** Takes over what this and other instances have registered or deleted. */
  async refresh(): Promise<void> {
    const look = (this.looks += 1);
    const rows = await rowsOf<Pick<Row, 'digest' | 'source'>>(
      this.sql,
      `SELECT digest, source FROM ${this.schema}.definitions ORDER BY registered_at, digest`,
    );
    const before = new Map([...this.stored.values()].map((one) => [one.ref.digest, one]));
    const missing = rows.map(({ digest }) => digest).filter((digest) => !before.has(digest));
    const read = await rowsOf<Row>(
      this.sql,
      `SELECT ${COLUMNS} FROM ${this.schema}.definitions WHERE digest = ANY ($1)`,
      [missing],
    );
    for (const row of read) before.set(row.digest, this.storedOf(row));
    // One that began earlier and comes back later does not know of what was registered meanwhile.
    if (look < this.taken) return;
    this.taken = look;
    const now = rows.flatMap(({ digest }) => before.get(digest) ?? []);
    this.stored = new Map(now.map((one) => [keyOf(one.ref.name, one.ref.version), one]));
    this.highest = new Map([...this.all].reverse().map((one) => [one.ref.name, one]));
  }

  override known(name: string, version?: string): StoredDefinition | undefined {
    return version === undefined ? this.highest.get(name) : this.stored.get(keyOf(name, version));
  }

  override async find(name: string, version?: string): Promise<StoredDefinition> {
    const known = this.known(name, version);
    if (known) return known;
    await this.refresh();
    const found = this.known(name, version);
    if (found) return found;
    throw this.unknown(name, version);
  }

  override async pinned(ref: WorkflowRef): Promise<CompiledWorkflow> {
    const known = this.byDigest.get(ref.digest);
    if (known) return known;
    const document = await this.document(ref.digest);
    if (document !== undefined) return this.keep(ref.digest, document);
    throw new AppError(
      'workflow.unknown',
      `The definition ${ref.digest} of ${ref.name} is not stored: restore the table of definitions.`,
    );
  }

  /** Whether the stored text of a definition still has the digest it is known by; undefined when it is not there. */
  async isIntact(digest: string): Promise<boolean | undefined> {
    const document = await this.document(digest);
    return document === undefined ? undefined : digestOf(document) === digest;
  }

  private async document(digest: string): Promise<string | undefined> {
    const text = `SELECT document FROM ${this.schema}.definitions WHERE digest = $1`;
    const [row] = await rowsOf<Pick<Row, 'document'>>(this.sql, text, [digest]);
    return row?.document;
  }

  private storedOf({ digest, name, version, document, source, registered_at }: Row): StoredDefinition {
    const ref = { name, version, digest };
    return { ref, workflow: this.keep(digest, document), source, registeredAt: registered_at.toISOString() };
  }

  private keep(digest: string, document: string): CompiledWorkflow {
    const workflow = this.byDigest.get(digest) ?? compileWorkflow(JSON.parse(document) as WorkflowDefinition);
    this.byDigest.set(digest, workflow);
    return workflow;
  }

  private async isUsed({ name, digest }: Pick<Row, 'name' | 'digest'>, tx: Sql): Promise<boolean> {
    const text = `SELECT 1 FROM ${this.schema}.runs r JOIN ${this.schema}.events e ON e.stream = r.stream AND e.version = 1
      WHERE r.data LIKE $1 AND e.data LIKE $2 LIMIT 1`;
    return (await rowsOf(tx, text, [`%"workflow":"${name}"%`, `%${digest}%`])).length > 0;
  }

  private async forget(digest: string, tx: Sql): Promise<void> {
    await tx.query(`DELETE FROM ${this.schema}.definitions WHERE digest = $1`, [digest]);
  }

  private unknown(name: string, version?: string): AppError {
    const names = [...new Set(this.all.map(({ ref }) => ref.name))];
    const versions = this.all.filter(({ ref }) => ref.name === name).map(({ ref }) => ref.version);
    const message =
      version !== undefined && versions.length > 0
        ? `There is no version ${version} of ${name}; known are ${versions.join(', ')}.`
        : `There is no workflow "${name}"${didYouMean(name, names)}; known are ${names.join(', ')}.`;
    return new AppError('workflow.unknown', message);
  }
}

const versionUsed = (name: string, version: string): AppError =>
  new AppError(
    'workflow.version-used',
    `Runs were started with ${name} ${version}, so it stays as it is: give the changed definition another version.`,
    { details: { name, version } },
  );

const keyOf = (name: string, version: string): string => `${name}@${version}`;
const digestOf = (document: string): string =>
  `sha256:${createHash('sha256').update(document).digest('hex')}`;
/** `2` before `10`, `1.9.0` before `1.10.0`. */
const compare = (a: string, b: string): number => a.localeCompare(b, 'en', { numeric: true });
