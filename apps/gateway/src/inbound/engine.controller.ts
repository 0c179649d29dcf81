import { Controller, Res } from '@nestjs/common';
import type { Reply } from '@trimtab/client';
import { ARCHIVE_TYPES, Artifacts } from '@trimtab/event-store';
import { AppError } from '@trimtab/kernel';
import type { Response } from 'express';
import { keyOf, Orchestrator } from '../outbound/orchestrator.js';
import type { Asked } from './contract.js';
import { Answers, Ask } from './contract.js';

/** The engine as a whole; asked of the orchestrator, which owns the answers. */
@Controller()
export class EngineController {
  constructor(
    private readonly orchestrator: Orchestrator,
    private readonly artifacts: Artifacts,
  ) {}

  @Answers('listIncidents')
  incidents(@Ask('listIncidents') { query }: Asked<'listIncidents'>): Promise<Reply<'listIncidents'>> {
    return this.orchestrator.ask('list-incidents', query);
  }

  @Answers('showIncident')
  incident(@Ask('showIncident') { params }: Asked<'showIncident'>): Promise<Reply<'showIncident'>> {
    return this.orchestrator.ask('show-incident', { id: params['id'] ?? '' });
  }

  @Answers('resolveIncident')
  resolve(
    @Ask('resolveIncident') { params, body }: Asked<'resolveIncident'>,
  ): Promise<Reply<'resolveIncident'>> {
    return this.orchestrator.ask('resolve-incident', { id: params['id'] ?? '', ...body, ...keyOf(body) });
  }

  @Answers('cleanupRuns')
  cleanup(@Ask('cleanupRuns') { body }: Asked<'cleanupRuns'>): Promise<Reply<'cleanupRuns'>> {
    return this.orchestrator.ask('cleanup-runs', { ...body, ...keyOf(body) });
  }

  @Answers('listArchives')
  archives(@Ask('listArchives') { query }: Asked<'listArchives'>): Promise<Reply<'listArchives'>> {
    return this.orchestrator.ask('list-archives', query);
  }

  @Answers('readArchive')
  async archive(
    @Ask('readArchive') { params }: Asked<'readArchive'>,
    @Res() response: Response,
  ): Promise<void> {
    const ref = `artifact:${params['digest'] ?? ''}`;
    const found = await this.artifacts.stat(ref);
    if (!found || !ARCHIVE_TYPES.includes(found.mediaType))
      throw new AppError('archive.not-found', 'There is no such archive.');
    response.type(found.mediaType);
    response.send(Buffer.from(await this.artifacts.bytes(ref)));
  }
}
