import type { InstanceTypeSpec, PriceEntry, TaskInput, TaskOutput } from '@trimtab/contracts';
import { CloudProvider } from '@trimtab/cloud';
import type { Cloud } from '@trimtab/cloud';
import { Artifacts } from '@trimtab/event-store';
import { AppError } from '@trimtab/kernel';
import { Command, CommandHandler } from '@nestjs/cqrs';
import type { ICommandHandler } from '@nestjs/cqrs';
import type { Task, TaskContext, TaskOutcome } from '@trimtab/service';
import { instanceTypeSpec, priceEntries, priceQueries } from '../domain/price-queries.js';

type Input = TaskInput<'discovery.prices'>;
type Output = TaskOutput<'discovery.prices'>;

/** Read the list prices and the instance types of one region. */
export class FetchPrices extends Command<TaskOutcome<Output>> {
  constructor(
    readonly task: Task<Input>,
    readonly context: TaskContext,
  ) {
    super();
  }
}

@CommandHandler(FetchPrices)
export class FetchPricesHandler implements ICommandHandler<FetchPrices> {
  constructor(
    private readonly clouds: CloudProvider,
    private readonly artifacts: Artifacts,
  ) {}

  async execute({ task, context }: FetchPrices): Promise<TaskOutcome<Output>> {
    const { region } = task.input;
    const cloud = this.clouds.open(task.input.cloud);
    const [prices, instanceTypes] = await Promise.all([
      this.artifacts.putNdjson(readPrices(cloud, task.input, context)),
      this.artifacts.putNdjson(firstThatAnswers(cloud, task.input)),
    ]);
    return { output: { region, prices, instanceTypes } };
  }
}

async function* readPrices(cloud: Cloud, input: Input, context: TaskContext): AsyncIterable<PriceEntry> {
  const prices = cloud.prices(input.cloud.accounts[0]?.id ?? '');
  let count = 0;
  for (const { serviceCode, filters } of priceQueries(input.services, input.region)) {
    for await (const product of prices.products(serviceCode, filters)) {
      for (const entry of priceEntries(product, input.region)) {
        count += 1;
        yield entry;
      }
    }
    context.progress(count, undefined, `${serviceCode} prices`);
    context.signal.throwIfAborted();
  }
}

/** Types are the same for all accounts, so any account that may ask will do. */
async function* firstThatAnswers(
  cloud: Cloud,
  { cloud: { accounts }, region }: Input,
): AsyncIterable<InstanceTypeSpec> {
  let refusal: unknown = new AppError(
    'discovery.no-accounts',
    'The settings name no account (cloud.accounts).',
  );
  for (const { id } of accounts) {
    const types = cloud.inventory({ accountId: id, region }).instanceTypes()[Symbol.asyncIterator]();
    const first = await types.next().catch((error: unknown) => void (refusal = error));
    if (!first) continue;
    for (let next = first; !next.done; next = await types.next()) {
      const spec = instanceTypeSpec(next.value);
      if (spec) yield spec;
    }
    return;
  }
  throw refusal;
}
