import { createHash } from 'node:crypto';
import { AppError, canonicalJson } from '@trimtab/kernel';
import { rowsOf } from '@trimtab/event-store';
import type { Migration, Sql } from '@trimtab/event-store';
import { compileWorkflow } from '@trimtab/workflow';
import type { CompiledWorkflow, WorkflowDefinition, WorkflowRef } from '@trimtab/workflow';

export interface PinnedWorkflow {
  readonly ref: WorkflowRef;
  readonly workflow: CompiledWorkflow;
}

/** Definitions of workflows: a run keeps the one it was started with for ever, by digest. */
export abstract class Definitions {
  /** Makes a definition the one that new runs of its name start with. */
  abstract register(definition: WorkflowDefinition): Promise<PinnedWorkflow>;
  /** What a new run starts with. Throws `workflow.unknown` (never). */
  abstract current(name: string, version?: string): PinnedWorkflow;
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
];

export class PostgresDefinitions extends Definitions {
  private readonly byDigest = new Map<string, CompiledWorkflow>();
  private readonly byName = new Map<string, PinnedWorkflow>();

  constructor(
    private readonly sql: Sql,
    private readonly schema: string,
  ) {
    super();
  }

  override async register(definition: WorkflowDefinition): Promise<PinnedWorkflow> {
    const document = canonicalJson(definition);
    const digest = `sha256:${createHash('sha256').update(document).digest('hex')}`;
    const { name, version } = definition;
    await this.sql.query(
      `INSERT INTO ${this.schema}.definitions (digest, name, version, document) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING`,
      [digest, name, version, document],
    );
    const pinned = { ref: { name, version, digest }, workflow: this.keep(digest, definition) };
    this.byName.set(name, pinned);
    this.byName.set(`${name}@${version}`, pinned);
    return pinned;
  }

  override current(name: string, version?: string): PinnedWorkflow {
    const pinned = this.byName.get(version === undefined ? name : `${name}@${version}`);
    if (pinned) return pinned;
    const known = [...this.byName.values()].map(({ ref }) => `${ref.name} ${ref.version}`);
    throw new AppError(
      'workflow.unknown',
      `There is no workflow "${name}"; known are ${[...new Set(known)].join(', ')}.`,
    );
  }

  override async pinned(ref: WorkflowRef): Promise<CompiledWorkflow> {
    const known = this.byDigest.get(ref.digest);
    if (known) return known;
    const [row] = await rowsOf<{ document: string }>(
      this.sql,
      `SELECT document FROM ${this.schema}.definitions WHERE digest = $1`,
      [ref.digest],
    );
    if (row) return this.keep(ref.digest, JSON.parse(row.document) as WorkflowDefinition);
    throw new AppError(
      'workflow.unknown',
      `The definition ${ref.digest} of ${ref.name} is not stored: restore the table of definitions.`,
    );
  }

  private keep(digest: string, definition: WorkflowDefinition): CompiledWorkflow {
    const workflow = this.byDigest.get(digest) ?? compileWorkflow(definition);
    this.byDigest.set(digest, workflow);
    return workflow;
  }
}
