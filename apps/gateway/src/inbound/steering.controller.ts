import { Controller } from '@nestjs/common';
import type { Reply } from '@trimtab/client';
import { Orchestrator } from '../outbound/orchestrator.js';
import type { Asked } from './contract.js';
import { Answers, Ask } from './contract.js';

/** Who does tasks, how they are routed, and why; asked of the orchestrator. */
@Controller()
export class SteeringController {
  constructor(private readonly orchestrator: Orchestrator) {}

  @Answers('listPools')
  pools(): Promise<Reply<'listPools'>> {
    return this.orchestrator.ask('list-pools', {});
  }

  @Answers('listPolicies')
  policies(): Promise<Reply<'listPolicies'>> {
    return this.orchestrator.ask('list-policies', {});
  }

  @Answers('explainRun')
  explain(@Ask('explainRun') { params, query }: Asked<'explainRun'>): Promise<Reply<'explainRun'>> {
    return this.orchestrator.ask('explain-run', { runId: params['runId'] ?? '', ...query });
  }
}
