import type { PeopleCommand, PeopleReply } from '@trimtab/contracts';
import type { Clock } from '@trimtab/kernel';
import type { Incidents } from '../outbound/incidents.js';
import type { RunArchives } from '../outbound/run-archives.js';
import { cleanUp } from './cleanup.js';
import { parse } from './parsing.js';

export interface OperationWorld {
  readonly incidents: Incidents;
  readonly archives: RunArchives;
  readonly clock: Clock;
}

type Operation = Extract<
  PeopleCommand,
  | 'list-incidents'
  | 'show-incident'
  | 'resolve-incident'
  | 'report-incident'
  | 'list-archives'
  | 'cleanup-runs'
>;
type Answers = { readonly [C in Operation]: (data: unknown) => Promise<PeopleReply<C>> };

/** People's commands and questions about the engine as a whole. */
export const operationAnswers = ({ incidents, archives, clock }: OperationWorld): Answers => ({
  'list-incidents': async (data) => {
    const { status, limit } = parse('list-incidents', data);
    return { items: await incidents.list(status, limit) };
  },
  'show-incident': (data) => incidents.show(parse('show-incident', data).id),
  'resolve-incident': (data) => {
    const { id, actor, reason } = parse('resolve-incident', data);
    return incidents.resolve(id, actor, reason);
  },
  'report-incident': async (data) => {
    const { key, kind, message, details, over, actor } = parse('report-incident', data);
    if (over) await incidents.settle(key, actor, message);
    else await incidents.raise({ key, kind, message, details });
    return { key, over };
  },
  'list-archives': async (data) => ({ items: await archives.list(parse('list-archives', data).limit) }),
  'cleanup-runs': async (data) => cleanUp(archives, parse('cleanup-runs', data), clock.now()),
});
