import { Controller, Res } from '@nestjs/common';
import type { Reply } from '@trimtab/client';
import type { Response } from 'express';
import { RunWatch } from '../handlers/run-watch.js';
import { spansOf } from '../domain/views.js';
import { Orchestrator } from '../outbound/orchestrator.js';
import { RunViews } from '../outbound/run-views.typeorm.js';
import { traceIdOf } from '@trimtab/kernel';
import type { Asked } from './contract.js';
import { Answers, Ask } from './contract.js';
import { streamTo } from './server-sent-events.js';

@Controller()
export class RunsController {
  constructor(
    private readonly views: RunViews,
    private readonly orchestrator: Orchestrator,
    private readonly watch: RunWatch,
  ) {}

  @Answers('startRun')
  async start(@Ask('startRun') { body }: Asked<'startRun'>): Promise<Reply<'startRun'>> {
    const { version: workflowVersion, ...request } = body;
    const started = await this.orchestrator.ask('start-run', { ...request, workflowVersion });
    await this.watch.appearance(started.runId);
    return started;
  }

  @Answers('listRuns')
  async list(@Ask('listRuns') { query }: Asked<'listRuns'>): Promise<Reply<'listRuns'>> {
    return { items: await this.views.list(query) };
  }

  @Answers('showRun')
  show(@Ask('showRun') { params }: Asked<'showRun'>): Promise<Reply<'showRun'>> {
    return this.watch.detail(params['runId'] ?? '');
  }

  @Answers('runEvents')
  async events(@Ask('runEvents') { params }: Asked<'runEvents'>): Promise<Reply<'runEvents'>> {
    return { items: await this.views.events(params['runId'] ?? '') };
  }

  @Answers('watchRun')
  async follow(@Ask('watchRun') { params }: Asked<'watchRun'>, @Res() response: Response): Promise<void> {
    const runId = params['runId'] ?? '';
    await this.watch.detail(runId);
    await streamTo(response, (signal) => this.watch.changes(runId, signal));
  }

  @Answers('cancelRun')
  cancel(@Ask('cancelRun') { params, body }: Asked<'cancelRun'>): Promise<Reply<'cancelRun'>> {
    return this.orchestrator.change('cancel-run', params['runId'] ?? '', body);
  }

  @Answers('pauseRun')
  pause(@Ask('pauseRun') { params, body }: Asked<'pauseRun'>): Promise<Reply<'pauseRun'>> {
    return this.orchestrator.change('pause-run', params['runId'] ?? '', body);
  }

  @Answers('resumeRun')
  resume(@Ask('resumeRun') { params, body }: Asked<'resumeRun'>): Promise<Reply<'resumeRun'>> {
    return this.orchestrator.change('resume-run', params['runId'] ?? '', body);
  }

  @Answers('runInventory')
  inventory(@Ask('runInventory') { params }: Asked<'runInventory'>): Promise<Reply<'runInventory'>> {
    return this.views.inventory(params['runId'] ?? '');
  }

  @Answers('runTrace')
  async trace(@Ask('runTrace') { params }: Asked<'runTrace'>): Promise<Reply<'runTrace'>> {
    const { run, tasks } = await this.views.run(params['runId'] ?? '');
    return { runId: run.id, traceId: traceIdOf(run.id), spans: spansOf(run, tasks) };
  }
}
