import { Controller } from '@nestjs/common';
import type { Reply } from '@trimtab/client';
import { Clock } from '@trimtab/kernel';
import { AnalyticsProjection } from '../handlers/analytics-projection.js';
import { AnalyticsRebuilding } from '../outbound/analytics-rebuild.js';
import { AnalyticsViews } from '../outbound/analytics-views.js';
import { BusBasicAnalytics } from '../outbound/basic-analytics.bus.js';
import type { Asked } from './contract.js';
import { Answers, Ask } from './contract.js';

/** How the orchestration did; from basic monitoring, and saying so, while the projection is away. */
@Controller()
export class AnalyticsController {
  constructor(
    private readonly projection: AnalyticsProjection,
    private readonly views: AnalyticsViews,
    private readonly basic: BusBasicAnalytics,
    private readonly rebuilding: AnalyticsRebuilding,
    private readonly clock: Clock,
  ) {}

  @Answers('showAnalytics')
  async show(@Ask('showAnalytics') { query }: Asked<'showAnalytics'>): Promise<Reply<'showAnalytics'>> {
    const { by, window } = query;
    const now = this.clock.now();
    const about = { by, window, until: now.toISOString(), lagSeconds: this.projection.lagMs / 1_000 };
    const whole = await this.whole(query, now);
    if (whole) return { source: 'projection', ...about, ...whole };
    return { source: 'basic', ...about, ...(await this.basic.statistics(by)) };
  }

  @Answers('listOutcomes')
  async outcomes(@Ask('listOutcomes') { query }: Asked<'listOutcomes'>): Promise<Reply<'listOutcomes'>> {
    return { items: await this.views.outcomes(query.workflow, query.limit) };
  }

  @Answers('rebuildAnalytics')
  rebuild(@Ask('rebuildAnalytics') _asked: Asked<'rebuildAnalytics'>): Reply<'rebuildAnalytics'> {
    return this.rebuilding.begin();
  }

  @Answers('analyticsRebuild')
  progress(): Reply<'analyticsRebuild'> {
    return this.rebuilding.progress;
  }

  private async whole({ by, window }: Asked<'showAnalytics'>['query'], now: Date) {
    if (!this.projection.available) return undefined;
    return this.views.statistics(by, window, now).catch(() => undefined);
  }
}
