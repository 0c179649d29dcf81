import { Controller } from '@nestjs/common';
import type { Reply } from '@trimtab/client';
import { keyOf, Orchestrator } from '../outbound/orchestrator.js';
import type { Because } from '../outbound/orchestrator.js';
import type { Asked } from './contract.js';
import { Answers, Ask } from './contract.js';

/** Schedules; asked of the orchestrator, which owns them. */
@Controller()
export class SchedulesController {
  constructor(private readonly orchestrator: Orchestrator) {}

  @Answers('listSchedules')
  list(@Ask('listSchedules') { query }: Asked<'listSchedules'>): Promise<Reply<'listSchedules'>> {
    return this.orchestrator.ask('list-schedules', query);
  }

  @Answers('showSchedule')
  show(@Ask('showSchedule') { params, query }: Asked<'showSchedule'>): Promise<Reply<'showSchedule'>> {
    return this.orchestrator.ask('show-schedule', { id: params['id'] ?? '', ...query });
  }

  @Answers('createSchedule')
  create(@Ask('createSchedule') { body }: Asked<'createSchedule'>): Promise<Reply<'createSchedule'>> {
    return this.orchestrator.ask('create-schedule', { ...body, ...keyOf(body) });
  }

  @Answers('updateSchedule')
  update(@Ask('updateSchedule') asked: Asked<'updateSchedule'>): Promise<Reply<'updateSchedule'>> {
    return this.orchestrator.ask('update-schedule', requestOf(asked));
  }

  @Answers('pauseSchedule')
  pause(@Ask('pauseSchedule') asked: Asked<'pauseSchedule'>): Promise<Reply<'pauseSchedule'>> {
    return this.orchestrator.ask('pause-schedule', requestOf(asked));
  }

  @Answers('resumeSchedule')
  resume(@Ask('resumeSchedule') asked: Asked<'resumeSchedule'>): Promise<Reply<'resumeSchedule'>> {
    return this.orchestrator.ask('resume-schedule', requestOf(asked));
  }

  @Answers('deleteSchedule')
  remove(@Ask('deleteSchedule') asked: Asked<'deleteSchedule'>): Promise<Reply<'deleteSchedule'>> {
    return this.orchestrator.ask('delete-schedule', requestOf(asked));
  }

  @Answers('triggerSchedule')
  trigger(@Ask('triggerSchedule') asked: Asked<'triggerSchedule'>): Promise<Reply<'triggerSchedule'>> {
    return this.orchestrator.ask('trigger-schedule', requestOf(asked));
  }

  @Answers('backfillSchedule')
  backfill(@Ask('backfillSchedule') asked: Asked<'backfillSchedule'>): Promise<Reply<'backfillSchedule'>> {
    return this.orchestrator.ask('backfill-schedule', requestOf(asked));
  }
}

/** What was asked of one schedule, as the orchestrator takes it. */
const requestOf = <Body extends Because>({
  params,
  body,
}: {
  readonly params: Readonly<Record<string, string>>;
  readonly body: Body;
}): Body & { id: string; idempotencyKey: string } => ({ id: params['id'] ?? '', ...body, ...keyOf(body) });
