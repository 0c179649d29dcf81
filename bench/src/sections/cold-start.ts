import { EngineClient } from '../client.js';
import { Ground } from '../ground.js';
import { Stack } from '../stack.js';
import type { StackOptions } from '../stack.js';
import { rounded } from '../statistics.js';

export interface ColdStart {
  readonly openRuns: number;
  /** From the start of the servers until every run had made a step. */
  readonly seconds: number;
  /** Until the first run had made one: servers and services start, and the leases of the killed instance run out. */
  readonly firstSeconds: number;
}

export interface ColdStartOptions {
  readonly openRuns: number;
  readonly engine: StackOptions;
  readonly say: (line: string) => void;
}

const STARTS_AT_ONCE = 256;

/** Servers of its own, since all of them are killed. */
export async function measureColdStart({ openRuns, engine, say }: ColdStartOptions): Promise<ColdStart> {
  const ground = await Ground.open();
  try {
    const stack = await Stack.start(ground, 'cold', engine);
    await stack.stopWorker();
    say(`starting ${openRuns} runs that no worker works on`);
    const runs = await openMany(stack.nats.url, openRuns);
    await stack.killPrograms();
    await Promise.all([stack.nats.kill(), ground.postgres.kill()]);
    const from = performance.now();
    await Promise.all([stack.nats.start(), ground.postgres.start()]);
    const moved = await Moved.follow(stack.nats.url, runs);
    await Promise.all([stack.startOrchestrator(), stack.startWorker()]);
    await moved.all;
    await moved.client.close();
    const seconds = (at: number): number => rounded((at - from) / 1_000);
    return { openRuns, seconds: seconds(moved.lastAt), firstSeconds: seconds(moved.firstAt) };
  } finally {
    await ground.close();
  }
}

async function openMany(natsUrl: string, count: number): Promise<string[]> {
  const client = await EngineClient.connect(natsUrl);
  const runs: string[] = [];
  let next = 0;
  const starter = async (): Promise<void> => {
    while (next < count) runs.push(await client.start('seven-steps', { seed: (next += 1) }));
  };
  await Promise.all(Array.from({ length: STARTS_AT_ONCE }, starter));
  await client.close();
  return runs;
}

/** Runs that have made a step since it follows them. */
class Moved {
  firstAt = 0;
  lastAt = 0;
  readonly all: Promise<void>;

  private constructor(
    readonly client: EngineClient,
    waiting: Set<string>,
  ) {
    this.all = new Promise((done) =>
      client.nc.subscribe('trimtab.evt.task.completed.v1', {
        callback: (_error, msg) => {
          if (!waiting.delete(msg.json<{ runid: string }>().runid)) return;
          this.lastAt = performance.now();
          this.firstAt ||= this.lastAt;
          if (waiting.size === 0) done();
        },
      }),
    );
  }

  static async follow(natsUrl: string, runs: readonly string[]): Promise<Moved> {
    const moved = new Moved(await EngineClient.connect(natsUrl), new Set(runs));
    await moved.client.nc.flush();
    return moved;
  }
}
