import { Controller } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import { Ctx, Payload } from '@nestjs/microservices';
import type { TaskInput } from '@trimtab/contracts';
import { TaskHandler } from '@trimtab/service';
import type { Task, TaskContext, TaskOutcome } from '@trimtab/service';
import { FetchCosts } from '../handlers/fetch-costs.js';
import { FetchPrices } from '../handlers/fetch-prices.js';
import { ResolveScopes } from '../handlers/resolve-scopes.js';
import { ScanInventory } from '../handlers/scan-inventory.js';

/** Which message becomes which command. */
@Controller()
export class DiscoveryConsumer {
  constructor(private readonly commands: CommandBus) {}

  @TaskHandler('discovery.scopes', { effects: 'none' })
  scopes(
    @Payload() task: Task<TaskInput<'discovery.scopes'>>,
    @Ctx() context: TaskContext,
  ): Promise<TaskOutcome> {
    return this.commands.execute(new ResolveScopes(task, context));
  }

  @TaskHandler('discovery.inventory')
  inventory(
    @Payload() task: Task<TaskInput<'discovery.inventory'>>,
    @Ctx() context: TaskContext,
  ): Promise<TaskOutcome> {
    return this.commands.execute(new ScanInventory(task, context));
  }

  @TaskHandler('discovery.prices', { effects: 'none' })
  prices(
    @Payload() task: Task<TaskInput<'discovery.prices'>>,
    @Ctx() context: TaskContext,
  ): Promise<TaskOutcome> {
    return this.commands.execute(new FetchPrices(task, context));
  }

  @TaskHandler('discovery.costs')
  costs(
    @Payload() task: Task<TaskInput<'discovery.costs'>>,
    @Ctx() context: TaskContext,
  ): Promise<TaskOutcome> {
    return this.commands.execute(new FetchCosts(task, context));
  }
}
