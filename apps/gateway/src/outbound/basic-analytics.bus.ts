import { subjects } from '@trimtab/contracts';
import type { Messaging } from '@trimtab/messaging';
import type { Dimension, Tally } from '@trimtab/workflow';
import { addUp } from './analytics-views.js';
import type { Statistics } from './analytics-views.js';

const WAIT_MS = 500;

/** What one orchestrator remembers of its own runs since it started. */
export interface BasicAnswer {
  readonly since: string;
  readonly rows: readonly { readonly key: string; readonly tally: Tally }[];
}

/** Basic monitoring: all orchestrators are asked, and what they remember is added up. */
export class BusBasicAnalytics {
  constructor(private readonly messaging: Messaging) {}

  async statistics(by: Dimension): Promise<{ from: string | null; items: Statistics[] }> {
    const answers = await this.messaging.nc.requestMany(
      subjects.ask('orchestrator', 'analytics'),
      JSON.stringify({ by }),
      { strategy: 'timer', maxWait: WAIT_MS },
    );
    const found: BasicAnswer[] = [];
    for await (const answer of answers) if (answer.data.length > 0) found.push(answer.json<BasicAnswer>());
    return {
      from: found.map(({ since }) => since).sort()[0] ?? null,
      items: addUp(found.flatMap(({ rows }) => rows)),
    };
  }
}
