import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Settings } from '@trimtab/contracts';
import type { FaultyProcess } from '@trimtab/testing';
import { startProcess } from '@trimtab/testing';
import { inRepository } from './root.js';

/** What was planted in a simulated company, for scoring what was found. */
export interface Truth {
  readonly waste: readonly { check: string; resourceId: string; accountId: string; region: string }[];
  readonly anomalies: readonly {
    accountId: string;
    service: string;
    region: string;
    usageType: string;
    start: string;
    end: string;
    kind: string;
  }[];
  readonly budget: { readonly name: string; readonly willExceed: boolean };
}

/** One change that somebody made to the simulated account. */
export interface Change {
  readonly accountId: string;
  readonly region: string;
  readonly service: string;
  readonly operation: string;
  readonly principal: string;
  readonly requestId: string;
  readonly resources: readonly { type: string; name: string }[];
}

export interface Fault {
  readonly kind: 'throttle' | 'error5xx' | 'deny' | 'slow' | 'lostReply';
  readonly service?: string;
  readonly operation?: string;
  readonly accountId?: string;
  readonly region?: string;
  readonly probability?: number;
  readonly times?: number;
  readonly delayMs?: number;
}

interface Company {
  readonly accounts: readonly { id: string; name: string }[];
  readonly regions: readonly string[];
  readonly budgets: readonly unknown[];
}

export interface CloudOptions {
  readonly seed: number;
  /** The moment the company is generated for, RFC 3339; default: now. */
  readonly now?: string;
  readonly folder: string;
}

const READY = /^\{"ready":true.*\}$/m;
const READY_MS = 180_000;

/** The simulated company as a process of its own. */
export class Cloud {
  private constructor(
    readonly url: string,
    /** The moment it was generated for: `asOf` of runs that are to see all of it. */
    readonly asOf: string,
    readonly company: Company,
    readonly truth: Truth,
    private readonly program: FaultyProcess,
  ) {}

  static async start({ seed, now, folder }: CloudOptions): Promise<Cloud> {
    const truthFile = join(folder, 'truth.json');
    const program = await startProcess({
      entry: inRepository('apps/cloud-sim/dist/main.js'),
      env: {
        CLOUD_SIM_PORT: '0',
        CLOUD_SIM_SEED: String(seed),
        CLOUD_SIM_NOW: now,
        CLOUD_SIM_TRUTH_FILE: truthFile,
      },
      ready: { line: READY },
      timeoutMs: READY_MS,
    });
    const ready = JSON.parse(READY.exec(program.output)?.[0] ?? '') as { url: string; now: string };
    const company = (await (await fetch(`${ready.url}/_sim/company`)).json()) as Company;
    const truth = JSON.parse(readFileSync(truthFile, 'utf8')) as Truth;
    return new Cloud(ready.url, ready.now, company, truth, program);
  }

  /** Settings of a run over the whole company; `mode` and the rest of `execution` as given. */
  settings(execution: Record<string, unknown> = {}): Settings {
    const { accounts, regions, budgets } = this.company;
    const roles = accounts.map(({ id, name }) => ({
      id,
      name,
      readRoleArn: `arn:aws:iam::${id}:role/TrimtabRead`,
      actRoleArn: `arn:aws:iam::${id}:role/TrimtabAct`,
    }));
    const cloud = { endpoint: this.url, accounts: roles, regions };
    return Settings.parse({ cloud, budgets, execution });
  }

  /** Credentials of the company for the services. */
  get env(): Record<string, string> {
    return {
      AWS_ACCESS_KEY_ID: `AKIASIM${this.company.accounts[0]?.id ?? ''}0`,
      AWS_SECRET_ACCESS_KEY: 'simulated',
      AWS_REGION: this.company.regions[0] ?? 'us-east-1',
    };
  }

  /** Every change made so far, oldest first. */
  async changes(): Promise<Change[]> {
    return (await this.control<{ entries: Change[] }>('GET', 'audit')).entries;
  }

  /** One resource as it is now; null when it is gone. */
  async resource(kind: string, id: string): Promise<Record<string, unknown> | null> {
    const found = await this.control<{ item: Record<string, unknown> | null }>(
      'GET',
      `state?kind=${kind}&id=${encodeURIComponent(id)}`,
    );
    return found.item;
  }

  async fail(fault: Fault): Promise<void> {
    await this.control('POST', 'faults', fault);
  }

  async heal(): Promise<void> {
    await this.control('DELETE', 'faults');
  }

  async stop(): Promise<void> {
    await this.program.stop();
  }

  private async control<T>(method: string, path: string, body?: unknown): Promise<T> {
    const answer = await fetch(`${this.url}/_sim/${path}`, {
      method,
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    if (!answer.ok) throw new Error(`${method} /_sim/${path}: ${await answer.text()}`);
    return (await answer.json()) as T;
  }
}
