import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { RepairPolicy } from './repair.js';
import type { NodeTrouble } from './stack-bus.js';
import { Supervised } from './supervised.js';

export interface FleetOptions {
  readonly dataDir: string;
  readonly repair: RepairPolicy;
  readonly env: () => Readonly<Record<string, string>>;
  readonly log: (line: string) => void;
  readonly onTrouble: (trouble: NodeTrouble) => void;
}

const host = (): string => fileURLToPath(new URL('./host.js', import.meta.resolve('@trimtab/service')));

/** The service processes of a stack: groups that always run, and workers that come and go. */
export class Fleet {
  private readonly groups: Supervised[] = [];
  private readonly workers = new Map<string, Supervised[]>();

  constructor(private readonly options: FleetOptions) {}

  /** Starts groups of services, one process each; returns what they said when they were ready. */
  async start(groups: readonly (readonly string[])[]): Promise<readonly Record<string, unknown>[]> {
    const started = groups.map((names) => {
      const name = names.length === 1 ? (names[0] ?? 'services') : 'services';
      const one = this.supervised(name, names);
      this.groups.push(one);
      return one.start();
    });
    return (await Promise.all(started)).flat();
  }

  /** Processes that work for a service, that of its group included. */
  sizeOf(service: string): number {
    return 1 + (this.workers.get(service)?.length ?? 0);
  }

  /** Starts or stops workers until there are so many; those that stop finish what they have in hand. */
  async scale(service: string, size: number): Promise<void> {
    const workers = this.workers.get(service) ?? [];
    this.workers.set(service, workers);
    const added: Promise<unknown>[] = [];
    while (workers.length + 1 < size) {
      const one = this.supervised(`${service}-${workers.length + 2}`, [service]);
      workers.push(one);
      added.push(one.start().catch((error: unknown) => this.drop(workers, one, error)));
    }
    const surplus = workers.splice(Math.max(0, size - 1));
    await Promise.all([...added, ...surplus.map((one) => one.stop())]);
  }

  async stop(): Promise<void> {
    const all = [...this.groups, ...[...this.workers.values()].flat()];
    await Promise.all(all.map((one) => one.stop()));
  }

  private drop(workers: Supervised[], one: Supervised, error: unknown): never {
    workers.splice(workers.indexOf(one), 1);
    throw error;
  }

  private supervised(name: string, services: readonly string[]): Supervised {
    const { dataDir, repair, env, log, onTrouble } = this.options;
    return new Supervised(name, {
      child: () => ({
        name,
        args: [host(), ...services],
        env: env(),
        logFile: join(dataDir, 'logs', `${name}.log`),
        readyLines: services.length,
      }),
      policy: repair,
      log,
      onTrouble: (trouble) => onTrouble({ name, ...trouble }),
    });
  }
}
