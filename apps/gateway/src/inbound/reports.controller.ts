import { Controller, Res } from '@nestjs/common';
import type { Reply } from '@trimtab/client';
import { AppError } from '@trimtab/kernel';
import { Artifacts } from '@trimtab/event-store';
import type { Response } from 'express';
import { FindingViews } from '../outbound/finding-views.typeorm.js';
import type { Asked } from './contract.js';
import { Answers, Ask } from './contract.js';

@Controller()
export class ReportsController {
  constructor(
    private readonly findings: FindingViews,
    private readonly artifacts: Artifacts,
  ) {}

  @Answers('listReports')
  async list(@Ask('listReports') { query }: Asked<'listReports'>): Promise<Reply<'listReports'>> {
    return { items: await this.findings.reports(query) };
  }

  @Answers('readReport')
  async read(@Ask('readReport') { params }: Asked<'readReport'>, @Res() response: Response): Promise<void> {
    const { runId = '', format = '' } = params;
    const report = await this.findings.report(runId);
    const found = report.formats.find((one) => one.format === format);
    if (!found) {
      const known = report.formats.map((one) => one.format).join(', ');
      throw new AppError('report.not-found', `There is no report as ${format}; this one has ${known}.`);
    }
    // A report is a document of its own: nothing that it shows may reach out of it.
    response.setHeader(
      'content-security-policy',
      "default-src 'none'; style-src 'unsafe-inline'; img-src data:",
    );
    response.setHeader('x-content-type-options', 'nosniff');
    response.type(found.artifact.mediaType);
    response.send(Buffer.from(await this.artifacts.bytes(found.artifact)));
  }
}
