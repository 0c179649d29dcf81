import type { TaskInput, TaskOutput } from '@trimtab/contracts';
import { CloudProvider } from '@trimtab/cloud';
import type { Cloud } from '@trimtab/cloud';
import { AppError, toErrorInfo } from '@trimtab/kernel';
import { Command, CommandHandler } from '@nestjs/cqrs';
import type { ICommandHandler } from '@nestjs/cqrs';
import type { Task, TaskContext, TaskOutcome } from '@trimtab/service';
import { scopesOf } from '../domain/scopes.js';
import type { AccountProbe } from '../domain/scopes.js';

type Input = TaskInput<'discovery.scopes'>;
type Output = TaskOutput<'discovery.scopes'>;

/** Find which accounts and regions of the settings can be scanned. */
export class ResolveScopes extends Command<TaskOutcome<Output>> {
  constructor(
    readonly task: Task<Input>,
    readonly context: TaskContext,
  ) {
    super();
  }
}

@CommandHandler(ResolveScopes)
export class ResolveScopesHandler implements ICommandHandler<ResolveScopes> {
  constructor(private readonly clouds: CloudProvider) {}

  async execute({ task, context }: ResolveScopes): Promise<TaskOutcome<Output>> {
    const { accounts, regions } = task.input.cloud;
    const cloud = this.clouds.open(task.input.cloud);
    const probes = await Promise.all(accounts.map(({ id }) => probe(cloud, id)));
    const output = scopesOf(accounts, regions, new Map(probes));
    context.progress(accounts.length, accounts.length, `${output.scopes.length} scopes`);
    if (output.scopes.length === 0) throw nothingReachable(output, probes);
    return { output };
  }
}

async function probe(cloud: Cloud, accountId: string): Promise<[string, AccountProbe]> {
  try {
    const identity = cloud.identity(accountId);
    const caller = await identity.callerAccount();
    if (caller !== accountId) return [accountId, { kind: 'other-account', caller }];
    return [accountId, { kind: 'reachable', regions: await identity.regions() }];
  } catch (error) {
    return [accountId, { kind: 'unreachable', error: toErrorInfo(error) }];
  }
}

function nothingReachable(output: Output, probes: readonly [string, AccountProbe][]): AppError {
  const passing = probes.some(([, found]) => found.kind === 'unreachable' && found.error.retry === 'later');
  const reasons = output.unreachable.map((one) => one.reason);
  return new AppError(
    'discovery.nothing-reachable',
    `No account or region can be scanned. ${reasons.join(' ')}`,
    {
      retry: passing ? 'later' : 'never',
      details: { unreachable: output.unreachable },
    },
  );
}
