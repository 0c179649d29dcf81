import { SERVICES } from '@trimtab/contracts';
import type { ServiceName } from '@trimtab/contracts';
import { freePort } from '@trimtab/embedded/testing';
import type { FaultyProcess } from '@trimtab/testing';
import { startProcess } from '@trimtab/testing';
import { inRepository } from './root.js';

/** What the product's own workflows need. */
export const OPTIMIZE_SERVICES = SERVICES.filter((name) => name !== 'tasks');

export interface ServicesOptions {
  /** All in one process, or one process each. */
  readonly processes: 'one' | 'each';
  readonly names: readonly ServiceName[];
  readonly env: Readonly<Record<string, string>>;
}

const READY_MS = 180_000;

/** The real services as real processes. */
export class Services {
  private constructor(
    readonly gatewayUrl: string,
    private readonly groups: ReadonlyMap<string, FaultyProcess>,
  ) {}

  static async start({ processes, names, env }: ServicesOptions): Promise<Services> {
    // The gateway keeps it when it starts again.
    const port = await freePort();
    const groups = processes === 'one' ? [names] : names.map((name) => [name]);
    const all = { ...env, GATEWAY_PORT: String(port), HEALTH_PORT: '0', LOG_LEVEL: 'warn' };
    const started = await Promise.allSettled(groups.map((group) => startGroup(group, all)));
    const running = started.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
    const failed = started.find((one) => one.status === 'rejected');
    if (failed) {
      await Promise.all(running.map((one) => one.stop()));
      throw failed.reason;
    }
    const byName = groups.flatMap((group, i) =>
      group.map((name): [string, FaultyProcess] => [name, running[i] as FaultyProcess]),
    );
    const gateway = running[groups.findIndex((group) => group.includes('gateway'))];
    return new Services(urlOf(gateway) ?? `http://127.0.0.1:${port}`, new Map(byName));
  }

  /** The process of a service, to kill, freeze and start again. */
  process(name: ServiceName): FaultyProcess {
    const found = this.groups.get(name);
    if (!found) throw new Error(`${name} does not run here`);
    return found;
  }

  /** What the services have logged since their last start, warnings and above. */
  logs(): string {
    return [...new Set(this.groups.values())].map((one) => one.output).join('\n');
  }

  async stop(): Promise<void> {
    await Promise.all([...new Set(this.groups.values())].map((one) => one.stop(30_000)));
  }
}

/** Where the gateway listens by its own word: it moves on when its port was taken meanwhile. */
const urlOf = (gateway: FaultyProcess | undefined): string | undefined =>
  /"service":"gateway".*"url":"([^"]+)"/.exec(gateway?.output ?? '')?.[1];

function startGroup(names: readonly string[], env: Readonly<Record<string, string>>): Promise<FaultyProcess> {
  return startProcess({
    entry: inRepository('libs/service/dist/host.js'),
    args: names,
    env,
    ready: { line: new RegExp(`(?:"ready":true[^]*?){${names.length}}`) },
    timeoutMs: READY_MS,
  });
}
