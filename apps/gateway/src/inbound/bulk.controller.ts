import { Controller } from '@nestjs/common';
import type { Reply } from '@trimtab/client';
import { BulkRuns } from '../handlers/bulk-runs.js';
import type { Asked } from './contract.js';
import { Answers, Ask } from './contract.js';

/** The same change to many runs. */
@Controller()
export class BulkController {
  constructor(private readonly bulk: BulkRuns) {}

  @Answers('previewBulk')
  preview(@Ask('previewBulk') { body }: Asked<'previewBulk'>): Promise<Reply<'previewBulk'>> {
    return this.bulk.preview(body.verb, body.where);
  }

  @Answers('applyBulk')
  apply(@Ask('applyBulk') { params, body }: Asked<'applyBulk'>): Promise<Reply<'applyBulk'>> {
    return this.bulk.apply(params['token'] ?? '', body.actor, body.reason);
  }

  @Answers('showBulk')
  show(@Ask('showBulk') { params }: Asked<'showBulk'>): Promise<Reply<'showBulk'>> {
    return this.bulk.progress(params['token'] ?? '');
  }
}
