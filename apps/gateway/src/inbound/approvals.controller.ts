import { Controller } from '@nestjs/common';
import type { Reply } from '@trimtab/client';
import { keyOf, Orchestrator } from '../outbound/orchestrator.js';
import { RunViews } from '../outbound/run-views.typeorm.js';
import type { Asked } from './contract.js';
import { Answers, Ask } from './contract.js';

@Controller()
export class ApprovalsController {
  constructor(
    private readonly views: RunViews,
    private readonly orchestrator: Orchestrator,
  ) {}

  @Answers('listApprovals')
  async list(@Ask('listApprovals') { query }: Asked<'listApprovals'>): Promise<Reply<'listApprovals'>> {
    return { items: await this.views.approvals(query) };
  }

  @Answers('decideApproval')
  decide(@Ask('decideApproval') { params, body }: Asked<'decideApproval'>): Promise<Reply<'decideApproval'>> {
    const { runId = '', taskId = '' } = params;
    return this.orchestrator.ask('decide-approval', { runId, taskId, ...body, ...keyOf(body) });
  }
}
