import { Controller, Res } from '@nestjs/common';
import type { Reply } from '@trimtab/client';
import type { Response } from 'express';
import { FindingViews } from '../outbound/finding-views.typeorm.js';
import type { Asked } from './contract.js';
import { Answers, Ask } from './contract.js';

@Controller()
export class FindingsController {
  constructor(private readonly findings: FindingViews) {}

  @Answers('listRecommendations')
  async recommendations(
    @Ask('listRecommendations') { query }: Asked<'listRecommendations'>,
  ): Promise<Reply<'listRecommendations'>> {
    return { items: await this.findings.recommendations(query) };
  }

  @Answers('listAnomalies')
  async anomalies(@Ask('listAnomalies') { query }: Asked<'listAnomalies'>): Promise<Reply<'listAnomalies'>> {
    return { items: await this.findings.anomalies(query) };
  }

  @Answers('showBudgets')
  async budgets(@Ask('showBudgets') { query }: Asked<'showBudgets'>): Promise<Reply<'showBudgets'>> {
    return { items: await this.findings.budgets(query.runId) };
  }

  @Answers('listActions')
  async actions(@Ask('listActions') { query }: Asked<'listActions'>): Promise<Reply<'listActions'>> {
    return { items: await this.findings.actions(query) };
  }

  /** Written by hand: the framework would answer with nothing at all instead of `null`. */
  @Answers('showSpend')
  async spend(@Res() response: Response): Promise<void> {
    response.json(await this.findings.spend());
  }
}
