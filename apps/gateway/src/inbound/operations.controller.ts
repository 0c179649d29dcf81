import { Controller, Res } from '@nestjs/common';
import type { Reply } from '@trimtab/client';
import { Clock } from '@trimtab/kernel';
import type { Response } from 'express';
import { RunWatch } from '../handlers/run-watch.js';
import { BusBills } from '../outbound/bills.bus.js';
import { DeadLetters } from '../outbound/dead-letters.js';
import { EventStream } from '../outbound/event-stream.js';
import { Orchestrator } from '../outbound/orchestrator.js';
import { BusServices } from '../outbound/services.bus.js';
import type { Asked } from './contract.js';
import { Answers, Ask } from './contract.js';
import { streamTo } from './server-sent-events.js';

@Controller()
export class OperationsController {
  constructor(
    private readonly bills: BusBills,
    private readonly letters: DeadLetters,
    private readonly stream: EventStream,
    private readonly running: BusServices,
    private readonly orchestrator: Orchestrator,
    private readonly watch: RunWatch,
    private readonly clock: Clock,
  ) {}

  @Answers('importCosts')
  importCosts(@Ask('importCosts') { body }: Asked<'importCosts'>): Promise<Reply<'importCosts'>> {
    return this.bills.import(body);
  }

  @Answers('tailEvents')
  async tail(@Ask('tailEvents') { query }: Asked<'tailEvents'>, @Res() response: Response): Promise<void> {
    await streamTo(response, (signal) => this.stream.tail(query, signal));
  }

  @Answers('listDeadLetters')
  async deadLetters(
    @Ask('listDeadLetters') { query }: Asked<'listDeadLetters'>,
  ): Promise<Reply<'listDeadLetters'>> {
    return { items: await this.letters.list(query) };
  }

  @Answers('showDeadLetter')
  deadLetter(@Ask('showDeadLetter') { params }: Asked<'showDeadLetter'>): Promise<Reply<'showDeadLetter'>> {
    return this.letters.show(params['id'] ?? '');
  }

  @Answers('replayDeadLetter')
  replay(
    @Ask('replayDeadLetter') { params, body }: Asked<'replayDeadLetter'>,
  ): Promise<Reply<'replayDeadLetter'>> {
    return this.letters.replay(params['id'] ?? '', body);
  }

  @Answers('listServices')
  async services(): Promise<Reply<'listServices'>> {
    return { items: await this.running.list() };
  }

  @Answers('rollbackActions')
  async rollback(
    @Ask('rollbackActions') { body }: Asked<'rollbackActions'>,
  ): Promise<Reply<'rollbackActions'>> {
    const { actionIds, cloud, ...rest } = body;
    const input = { actionIds, cloud, requestedBy: rest.actor, asOf: this.clock.now().toISOString() };
    const started = await this.orchestrator.ask('start-run', {
      workflow: 'rollback',
      input,
      labels: { mode: 'live' },
      ...rest,
    });
    await this.watch.appearance(started.runId);
    return started;
  }
}
