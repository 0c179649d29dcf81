import type { Recommendation } from '@trimtab/contracts';
import type { Sql } from '@trimtab/event-store';
import type { OpenRecommendation } from '../domain/recommendation-history.js';
import { RecommendationHistory } from '../domain/recommendation-history.js';

/** The same promises without a database, for specs. */
export class MemoryRecommendationHistory extends RecommendationHistory {
  private readonly rows = new Map<string, Recommendation>();

  override open(places: readonly string[]): Promise<OpenRecommendation[]> {
    const there = [...this.rows.values()].filter(({ resource }) =>
      places.includes(`${resource.accountId}/${resource.region}`),
    );
    return Promise.resolve(
      there.map(({ id, checkId, resource }) => ({ id, checkId, resourceArn: resource.arn })),
    );
  }

  override record(
    _tx: Sql,
    _runId: string,
    raised: readonly Recommendation[],
    resolved: readonly string[],
  ): Promise<void> {
    for (const one of raised) this.rows.set(one.id, one);
    for (const id of resolved) this.rows.delete(id);
    return Promise.resolve();
  }
}
