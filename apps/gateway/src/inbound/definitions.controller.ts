import { Controller } from '@nestjs/common';
import type { Reply } from '@trimtab/client';
import { keyOf, Orchestrator } from '../outbound/orchestrator.js';
import type { Asked } from './contract.js';
import { Answers, Ask } from './contract.js';

/** Definitions of workflows, what tasks wait for, and the integrity of what is stored; the orchestrator owns the answers. */
@Controller()
export class DefinitionsController {
  constructor(private readonly orchestrator: Orchestrator) {}

  @Answers('listWorkflows')
  list(): Promise<Reply<'listWorkflows'>> {
    return this.orchestrator.ask('list-workflows', {});
  }

  @Answers('showWorkflow')
  show(@Ask('showWorkflow') { params, query }: Asked<'showWorkflow'>): Promise<Reply<'showWorkflow'>> {
    return this.orchestrator.ask('show-workflow', { name: params['name'] ?? '', ...query });
  }

  @Answers('registerWorkflow')
  register(@Ask('registerWorkflow') { body }: Asked<'registerWorkflow'>): Promise<Reply<'registerWorkflow'>> {
    return this.orchestrator.ask('register-workflow', { ...body, ...keyOf(body) });
  }

  @Answers('deleteWorkflow')
  delete(@Ask('deleteWorkflow') { params, body }: Asked<'deleteWorkflow'>): Promise<Reply<'deleteWorkflow'>> {
    const { name = '', version = '' } = params;
    return this.orchestrator.ask('delete-workflow', { name, version, ...body, ...keyOf(body) });
  }

  @Answers('announceDependency')
  announce(
    @Ask('announceDependency') { params, body }: Asked<'announceDependency'>,
  ): Promise<Reply<'announceDependency'>> {
    return this.orchestrator.ask('announce-dependency', {
      key: params['key'] ?? '',
      ...body,
      ...keyOf(body),
    });
  }

  @Answers('verifyRuns')
  verify(@Ask('verifyRuns') { query }: Asked<'verifyRuns'>): Promise<Reply<'verifyRuns'>> {
    return this.orchestrator.ask('verify-runs', query);
  }
}
