import { publicEvent, taskCatalogue } from '@trimtab/contracts';
import { toErrorInfo } from '@trimtab/kernel';
import { inspectWorkflow, WorkflowError } from '@trimtab/workflow';
import type { Inspection, WorkflowDefinition } from '@trimtab/workflow';
import type { PostgresDefinitions, StoredDefinition } from '../outbound/definitions.js';
import type { OfferedDefinitions } from '../outbound/offered-definitions.js';
import type { Operations } from '../outbound/operations.js';
import type { WorkflowFolders } from '../outbound/workflow-folder.js';
import type { World } from './world.js';

interface Around extends Pick<Operations, 'announcements' | 'incidents'>, Pick<World, 'logger' | 'clock'> {
  readonly definitions: PostgresDefinitions;
  readonly folders: WorkflowFolders;
  readonly offered: OfferedDefinitions;
}

export interface Registered {
  readonly workflow: StoredDefinition;
  readonly warnings: Inspection['problems'];
}

/** Brings definitions in: what comes with the orchestrator, from folders, from running services, from people. */
export class DefinitionLibrary {
  /** Texts of running services by their source, as they were looked at last. */
  private readonly texts = new Map<string, string>();
  /** Sources without an open incident. */
  private readonly good = new Set<string>();

  constructor(private readonly around: Around) {}

  /** Registers what is given; one that cannot be is told as an incident, and the version that is stored stays. */
  async open(shipped: readonly WorkflowDefinition[]): Promise<void> {
    for (const definition of shipped)
      await this.orIncident(`${definition.name} (built in)`, () => this.store(definition, 'built in'));
    await this.look();
  }

  /** Folders that changed, and what other instances did. */
  async look(): Promise<void> {
    const { folders, definitions } = this.around;
    await this.orIncident('workflow folders', async () => {
      for (const { file, text } of await folders.changed())
        await this.orIncident(file, () => this.register(text, file));
    });
    await definitions.refresh();
  }

  /** Definitions that running services bring along. */
  async ask(): Promise<void> {
    for (const { source, text } of await this.around.offered.all()) {
      if (this.texts.get(source) === text) continue;
      this.texts.set(source, text);
      await this.orIncident(source, () => this.register(text, source));
    }
  }

  /** Throws `workflow.invalid-definition` with every problem and its place, and `workflow.version-used` (never). */
  async register(text: string, source: string): Promise<Registered> {
    const { definitions } = this.around;
    const { definition, problems } = inspectWorkflow(text, taskCatalogue);
    if (!definition) throw WorkflowError.invalidDefinition(problems);
    await this.store(definition, source);
    await definitions.refresh();
    const workflow = await definitions.find(definition.name, definition.version);
    return { workflow, warnings: problems };
  }

  private async store(definition: WorkflowDefinition, source: string): Promise<void> {
    const { announcements, definitions, clock } = this.around;
    const { name, version } = definition;
    await announcements.commit(async (tx, say) => {
      const digest = await definitions.register(definition, source, tx);
      if (digest === undefined) return;
      const data = { name, version, digest, source, at: clock.now().toISOString() };
      say(publicEvent('trimtab.workflow.registered.v1', `workflow/${name}`, data));
    });
  }

  /** One bad definition keeps no other from coming in. */
  private async orIncident(source: string, work: () => Promise<unknown>): Promise<void> {
    const { incidents, logger } = this.around;
    const key = `definition/${source}`;
    try {
      await work();
      if (!this.good.has(source)) await incidents.resolveAbout(key, 'orchestrator', 'It could be read.');
      this.good.add(source);
    } catch (error) {
      this.good.delete(source);
      logger.error('a definition could not be taken in', { source, error });
      const { message, details } = toErrorInfo(error);
      await incidents.raise({ key, kind: 'workflow.refused', message: `${source}: ${message}`, details });
    }
  }
}
