import { subjects } from '@trimtab/contracts';
import { rowsOf } from '@trimtab/event-store';
import type { Artifacts, PostgresEventLog } from '@trimtab/event-store';
import type { Messaging } from '@trimtab/messaging';
import type { WorkflowDefinition } from '@trimtab/workflow';
import type { Pool } from 'pg';
import { definitionAnswers } from './handlers/definition-answers.js';
import { DefinitionLibrary } from './handlers/definition-library.js';
import { isOfferedIn } from './domain/routing/worker-pools.js';
import { Dependencies } from './handlers/dependencies.js';
import type { Housekeeping } from './handlers/housekeeping.js';
import type { OwnedPartition } from './handlers/owned-partition.js';
import { RunVerifier } from './handlers/run-verifier.js';
import type { World } from './handlers/world.js';
import type { PostgresDefinitions } from './outbound/definitions.js';
import { OfferedDefinitions } from './outbound/offered-definitions.js';
import type { Operations } from './outbound/operations.js';
import { StoredThings } from './outbound/things.js';
import { WorkflowFolders } from './outbound/workflow-folder.js';

interface Around extends Pick<Operations, 'announcements' | 'incidents'> {
  readonly pool: Pool;
  readonly schema: string;
  readonly messaging: Messaging;
  readonly artifacts: Artifacts;
  readonly log: PostgresEventLog;
  readonly definitions: PostgresDefinitions;
  readonly workflows: readonly WorkflowDefinition[];
  /** Folders with definitions beside those. */
  readonly workflowFolders?: readonly string[];
  readonly lookMs?: number;
  /** The world, once it is put together. */
  readonly world: () => World;
}

/** Running services are asked less often: each of them answers. */
const LOOKS_PER_QUESTION = 5;

/** Definitions and what runs depend on outside of themselves, put together for one instance. */
export class DefinitionSide {
  readonly dependencies: Dependencies;
  private readonly things: StoredThings;

  constructor(private readonly around: Around) {
    const { messaging, pool: sql, schema, log, artifacts } = around;
    const offered = (uses: string): boolean | undefined => {
      const directory = around.world().steering?.routing.believed;
      return directory && isOfferedIn(directory, uses);
    };
    this.things = new StoredThings({ messaging, sql, schema, log, artifacts, offered });
    this.dependencies = new Dependencies(this.things, around.world);
  }

  /** Brings in the definitions and keeps them and the dependencies looked after; returns people's answers and how to stop. */
  async open(house: Housekeeping, owned: () => readonly OwnedPartition[]) {
    const { messaging, definitions, log, announcements, incidents } = this.around;
    const { workflows, workflowFolders = [], lookMs = 2_000 } = this.around;
    const { clock, logger } = this.around.world();
    const folders = new WorkflowFolders(workflowFolders);
    const offered = new OfferedDefinitions(messaging);
    const library = new DefinitionLibrary({
      definitions,
      folders,
      offered,
      announcements,
      incidents,
      clock,
      logger,
    });
    await library.open(workflows);
    house.every(lookMs, () => library.look());
    house.every(lookMs * LOOKS_PER_QUESTION, () => library.ask());
    house.every(lookMs, () => this.dependencies.look(owned()));
    const stop = messaging.subscribeLive(subjects.appeared, () => void this.dependencies.look(owned()));
    const verifier = new RunVerifier(log, definitions, (after, limit) => this.runs(after, limit));
    const { things } = this;
    const world = { announcements, clock, library, stored: definitions, things, verifier, messaging };
    return { answers: definitionAnswers(world), stop };
  }

  private async runs(after = '', limit: number): Promise<string[]> {
    const { pool, schema } = this.around;
    const text = `SELECT run FROM ${schema}.runs WHERE run > $1 ORDER BY run LIMIT $2`;
    return (await rowsOf<{ run: string }>(pool, text, [after, limit])).map(({ run }) => run);
  }
}
