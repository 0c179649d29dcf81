import type { Recommendation } from '@trimtab/contracts';
import type { Sql } from '@trimtab/event-store';

/** A recommendation that was open before this run, as far as it takes to close it. */
export interface OpenRecommendation {
  readonly id: string;
  readonly checkId: string;
  readonly resourceArn: string;
}

/** What was recommended before: open until a run looks at the same place and no longer finds it. */
export abstract class RecommendationHistory {
  /** Open ones of the given `<account>/<region>` places. */
  abstract open(places: readonly string[]): Promise<OpenRecommendation[]>;
  /** Stores the run's findings and closes the resolved ones, in the transaction of the task. */
  abstract record(
    tx: Sql,
    runId: string,
    raised: readonly Recommendation[],
    resolved: readonly string[],
  ): Promise<void>;
}
