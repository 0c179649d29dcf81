import { Controller } from '@nestjs/common';
import type { Reply } from '@trimtab/client';
import { RunWatch } from '../handlers/run-watch.js';
import { keyOf, Orchestrator } from '../outbound/orchestrator.js';
import type { Asked } from './contract.js';
import { Answers, Ask } from './contract.js';

/** What people do to a run beyond starting and stopping it. */
@Controller()
export class RunOperationsController {
  constructor(
    private readonly orchestrator: Orchestrator,
    private readonly watch: RunWatch,
  ) {}

  @Answers('terminateRun')
  terminate(@Ask('terminateRun') { params, body }: Asked<'terminateRun'>): Promise<Reply<'terminateRun'>> {
    return this.orchestrator.change('terminate-run', params['runId'] ?? '', body);
  }

  @Answers('signalRun')
  signal(@Ask('signalRun') { params, body }: Asked<'signalRun'>): Promise<Reply<'signalRun'>> {
    const { runId = '', name = '' } = params;
    return this.orchestrator.ask('signal-run', { runId, name, ...body, ...keyOf(body) });
  }

  @Answers('retryTask')
  retry(@Ask('retryTask') { params, body }: Asked<'retryTask'>): Promise<Reply<'retryTask'>> {
    const { runId = '', taskId = '' } = params;
    return this.orchestrator.ask('retry-task', { runId, taskId, ...body, ...keyOf(body) });
  }

  @Answers('skipTask')
  skip(@Ask('skipTask') { params, body }: Asked<'skipTask'>): Promise<Reply<'skipTask'>> {
    const { runId = '', taskId = '' } = params;
    return this.orchestrator.ask('skip-task', { runId, taskId, ...body, ...keyOf(body) });
  }

  @Answers('restartRun')
  async restart(@Ask('restartRun') { params, body }: Asked<'restartRun'>): Promise<Reply<'restartRun'>> {
    const { runId = '' } = params;
    const started = await this.orchestrator.ask('restart-run', { runId, ...body, ...keyOf(body) });
    await this.watch.appearance(started.runId);
    return started;
  }
}
