import { publicEvent, ScannedService } from '@trimtab/contracts';
import type { CoverageEntry, Resource, TaskInput, TaskOutput } from '@trimtab/contracts';
import { CloudProvider } from '@trimtab/cloud';
import type { Cloud, RequestMeter } from '@trimtab/cloud';
import { Artifacts } from '@trimtab/event-store';
import { AppError, Clock } from '@trimtab/kernel';
import { Command, CommandHandler } from '@nestjs/cqrs';
import type { ICommandHandler } from '@nestjs/cqrs';
import type { Task, TaskContext, TaskOutcome } from '@trimtab/service';
import { skippedCoverage, worthAnotherTry } from '../domain/coverage.js';
import { Details } from '../outbound/details.js';
import { merged, ServiceScanner } from '../outbound/inventory-scan.js';

type Input = TaskInput<'discovery.inventory'>;
type Output = TaskOutput<'discovery.inventory'>;

/** Read what one account has in one region, with the metrics that the checks need. */
export class ScanInventory extends Command<TaskOutcome<Output>> {
  constructor(
    readonly task: Task<Input>,
    readonly context: TaskContext,
  ) {
    super();
  }
}

@CommandHandler(ScanInventory)
export class ScanInventoryHandler implements ICommandHandler<ScanInventory> {
  constructor(
    private readonly clouds: CloudProvider,
    private readonly artifacts: Artifacts,
    private readonly clock: Clock,
  ) {}

  async execute({ task, context }: ScanInventory): Promise<TaskOutcome<Output>> {
    const { cloud, scan, scope } = task.input;
    const scanners = scan.services.map((service) =>
      this.scanner(service, this.clouds.open(cloud), task.input, context),
    );
    const counts: Partial<Record<ScannedService, number>> = {};
    const found = merged(scanners.map((scanner) => counted(scanner, counts, context)));
    const resources = await this.artifacts.putNdjson(found);
    const coverage = this.coverage(scope, scanners);
    refuseEmptyHanded(coverage);
    const output: Output = { scope, resources, coverage, counts };
    return { output, events: [scannedEvent(task.runId, output)] };
  }

  private scanner(
    service: ScannedService,
    cloud: Cloud,
    { scan, scope, asOf }: Input,
    context: TaskContext,
  ): ServiceScanner {
    let calls = 0;
    const meter: RequestMeter = ({ count }) => void (calls += count);
    const details = new Details(
      cloud.metrics(scope, meter),
      cloud.changes(scope, meter),
      scan.lookbackDays,
      Date.parse(asOf),
    );
    const own = { inventory: cloud.inventory(scope, meter), details, calls: () => calls };
    return new ServiceScanner(service, scope, own, context.signal);
  }

  private coverage(scope: Input['scope'], scanners: readonly ServiceScanner[]): CoverageEntry[] {
    const at = this.clock.now().toISOString();
    const scanned = new Map(scanners.map((scanner) => [scanner.service, scanner.coverage(at)]));
    return ScannedService.options.map(
      (service) => scanned.get(service) ?? skippedCoverage(scope, service, at),
    );
  }
}

async function* counted(
  scanner: ServiceScanner,
  counts: Partial<Record<ScannedService, number>>,
  context: TaskContext,
): AsyncIterable<Resource> {
  for await (const resource of scanner.run()) {
    counts[scanner.service] = (counts[scanner.service] ?? 0) + 1;
    const total = Object.values(counts).reduce((a, b) => a + b, 0);
    context.progress(total, undefined, `${scanner.service}: ${counts[scanner.service]} resources`);
    yield resource;
  }
}

function refuseEmptyHanded(coverage: readonly CoverageEntry[]): void {
  if (!worthAnotherTry(coverage)) return;
  const reason = coverage.find((entry) => entry.error)?.error;
  throw new AppError(
    'discovery.scope-unreachable',
    `No service could be read: ${reason?.message ?? 'unknown reason'}`,
    {
      retry: 'later',
      details: { coverage },
    },
  );
}

const scannedEvent = (runId: string, { scope, resources, coverage }: Output) =>
  publicEvent('trimtab.inventory.scanned.v1', `account/${scope.accountId}/${scope.region}`, {
    runId,
    accountId: scope.accountId,
    region: scope.region,
    resources: resources.count,
    coverage,
    shard: resources,
  });
