import { publicEvent, subjects } from '@trimtab/contracts';
import type { PeopleCommand, PeopleReply, WorkflowSummary } from '@trimtab/contracts';
import type { Messaging } from '@trimtab/messaging';
import type { StoredDefinition, PostgresDefinitions } from '../outbound/definitions.js';
import type { Operations } from '../outbound/operations.js';
import type { Things } from '../outbound/things.js';
import type { DefinitionLibrary } from './definition-library.js';
import { parse } from './parsing.js';
import type { RunVerifier } from './run-verifier.js';
import type { World } from './world.js';

export interface DefinitionWorld extends Pick<Operations, 'announcements'>, Pick<World, 'clock'> {
  readonly library: DefinitionLibrary;
  readonly stored: PostgresDefinitions;
  readonly things: Things;
  readonly verifier: RunVerifier;
  readonly messaging: Pick<Messaging, 'publishLive'>;
}

export type DefinitionCommand = Extract<
  PeopleCommand,
  | 'list-workflows'
  | 'show-workflow'
  | 'register-workflow'
  | 'delete-workflow'
  | 'announce-dependency'
  | 'verify-runs'
>;
type Answers = { readonly [C in DefinitionCommand]: (data: unknown) => Promise<PeopleReply<C>> };

/** People's commands and questions about definitions, what runs depend on, and what is stored of them. */
export function definitionAnswers(world: DefinitionWorld): Answers {
  const { library, stored, verifier } = world;
  const summary = (one: StoredDefinition): WorkflowSummary => summaryOf(one, stored);
  return {
    'list-workflows': async () => {
      await stored.refresh();
      return { items: stored.all.map(summary) };
    },
    'show-workflow': async (data) => {
      const { name, version } = parse('show-workflow', data);
      const found = await stored.find(name, version);
      return { ...summary(found), definition: found.workflow.definition };
    },
    'register-workflow': async (data) => {
      const { text, actor } = parse('register-workflow', data);
      const { workflow, warnings } = await library.register(text, actor);
      return { workflow: summary(workflow), warnings: [...warnings] };
    },
    'delete-workflow': async (data) => {
      const { name, version } = parse('delete-workflow', data);
      return { ...summaryOf(await stored.delete(name, version), stored), current: false };
    },
    'announce-dependency': async (data) => announce(world, parse('announce-dependency', data)),
    'verify-runs': async (data) => {
      const { runId, after, limit } = parse('verify-runs', data);
      if (runId !== undefined) return { items: [await verifier.verify(runId)], next: null };
      return verifier.page(after, limit);
    },
  };
}

/** First it is known, then everybody who waits is told to look. */
async function announce(
  { announcements, things, clock, messaging }: DefinitionWorld,
  { key, actor }: { readonly key: string; readonly actor: string },
): Promise<{ key: string }> {
  await announcements.commit(async (tx, say) => {
    await things.announce(key, tx);
    const data = { key, actor, at: clock.now().toISOString() };
    say(publicEvent('trimtab.dependency.appeared.v1', `dependency/${key}`, data));
  });
  messaging.publishLive(subjects.appeared, { key });
  return { key };
}

function summaryOf(
  { ref, workflow, source, registeredAt }: StoredDefinition,
  stored: PostgresDefinitions,
): WorkflowSummary {
  const { description = null, tasks } = workflow.definition;
  return {
    ...ref,
    description,
    current: stored.known(ref.name)?.ref.version === ref.version,
    tasks: Object.keys(tasks).length,
    taskTypes: [...new Set(Object.values(tasks).map(({ uses }) => uses))].sort(),
    source,
    registeredAt,
  };
}
