import type { Command } from 'commander';
import type { ApprovalView } from '@trimtab/contracts';
import { AppError } from '@trimtab/kernel';
import type { Cli } from '../context.js';
import { status, when } from '../output/format.js';
import { table } from '../output/table.js';
import { answer } from '../output/terminal.js';
import type { Bind } from '../program.js';

interface DecisionOptions {
  readonly digest?: string;
  readonly reason?: string;
}

export function registerApprovals(program: Command, bind: Bind): void {
  const approvals = program.command('approvals').description('Plans that wait for a decision');
  approvals
    .command('list')
    .description('Approvals, the open ones first')
    .option('--status <status>', 'requested, granted, rejected or expired')
    .action(bind(list as never));
  for (const decision of ['approve', 'reject'] as const) {
    approvals
      .command(`${decision} <run> [task]`)
      .description(`${decision === 'approve' ? 'Grant' : 'Reject'} exactly the plan that was shown`)
      .option('--digest <digest>', 'refuse when the plan is not this one')
      .option('--reason <text>', 'why, for the audit trail')
      .action(bind(decide(decision === 'approve' ? 'grant' : 'reject') as never));
  }
}

async function list(cli: Cli, options: { status?: string }): Promise<void> {
  const { items } = await cli.client().call('listApprovals', { query: { ...options } });
  answer(cli.terminal, items, () =>
    table(
      items,
      [
        { title: 'RUN', value: (one) => one.runId },
        { title: 'TASK', value: (one) => one.taskId },
        { title: 'STATUS', value: (one) => status(one.status) },
        { title: 'WHAT', value: (one) => one.title },
        { title: 'DIGEST', value: (one) => one.digest.slice(0, 19) },
        { title: 'BY', value: (one) => one.policy ?? one.decidedBy ?? '' },
        { title: 'REQUESTED (UTC)', value: (one) => when(one.requestedAt) },
      ],
      'Nothing waits for a decision.',
    ),
  );
}

const decide =
  (decision: 'grant' | 'reject') =>
  async (
    cli: Cli,
    runId: string,
    task: string | undefined,
    { digest, reason }: DecisionOptions,
  ): Promise<void> => {
    const open = await openApproval(cli, runId, task);
    const decided = await cli.client().call('decideApproval', {
      params: { runId, taskId: open.taskId },
      body: { decision, digest: digest ?? open.digest, ...(reason === undefined ? {} : { reason }) },
    });
    answer(
      cli.terminal,
      decided,
      () => `${decided.runId} ${decided.taskId} ${status(decided.status)} by ${decided.decidedBy}`,
    );
  };

async function openApproval(cli: Cli, runId: string, task: string | undefined): Promise<ApprovalView> {
  const { items } = await cli.client().call('listApprovals', { query: { runId } });
  const found = items.find((one) => (task === undefined ? one.status === 'requested' : one.taskId === task));
  if (found) return found;
  throw new AppError(
    'approval.not-found',
    `Run ${runId} waits for no decision: \`trimtab approvals list\` shows what does.`,
  );
}
