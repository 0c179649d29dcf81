import { EngineClient } from './client.js';
import type { Ground } from './ground.js';
import { Stack } from './stack.js';
import type { StackOptions } from './stack.js';
import { expectedSum } from './system.js';
import type { MeasuredProcess, System } from './system.js';

/** The engine of this repository: orchestrator and worker count, NATS' memory too; Postgres is told apart. */
export class Trimtab implements System {
  readonly name = 'trimtab';

  private constructor(
    readonly stack: Stack,
    readonly client: EngineClient,
    private readonly postgresPid: number,
  ) {}

  static async start(ground: Ground, name = 'trimtab', options: StackOptions = {}): Promise<Trimtab> {
    const stack = await Stack.start(ground, name, options);
    const client = await EngineClient.connect(stack.nats.url);
    ground.onClose(() => client.close());
    return new Trimtab(stack, client, ground.postgres.pid ?? 0);
  }

  get processes(): MeasuredProcess[] {
    const { orchestrator, worker, nats } = this.stack.pids;
    return [
      { name: 'orchestrator', pid: orchestrator, counts: 'cpu and memory' },
      { name: 'worker', pid: worker, counts: 'cpu and memory' },
      { name: 'nats', pid: nats, counts: 'memory' },
      { name: 'postgres', pid: this.postgresPid, counts: 'neither' },
    ];
  }

  async run(seed: number): Promise<void> {
    const outputs = await this.client.run('seven-steps', { seed });
    const { sum } = outputs as { sum?: number };
    if (sum !== expectedSum(seed)) throw new Error(`seed ${seed} gave ${JSON.stringify(outputs)}`);
  }
}
