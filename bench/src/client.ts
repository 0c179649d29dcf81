import { randomUUID } from 'node:crypto';
import { connect } from '@nats-io/transport-node';
import type { NatsConnection } from '@nats-io/nats-core';

interface RunEnded {
  readonly runid: string;
  readonly type: string;
  readonly data: { readonly outputs?: unknown };
}

const ENDED = ['completed', 'failed', 'cancelled'].map((end) => `trimtab.evt.run.${end}.v1`);

/** A user of the engine: starts runs by request over NATS and hears of their ends by the public events. */
export class EngineClient {
  private readonly ended = new Map<string, RunEnded>();
  private readonly waiting = new Map<string, (event: RunEnded) => void>();

  private constructor(readonly nc: NatsConnection) {
    for (const subject of ENDED) {
      nc.subscribe(subject, { callback: (_error, msg) => this.hear(msg.json<RunEnded>()) });
    }
  }

  static async connect(url: string): Promise<EngineClient> {
    const client = new EngineClient(await connect({ servers: url, name: 'bench' }));
    await client.nc.flush();
    return client;
  }

  /** Resolves with the run's id when its start is committed. */
  async start(workflow: string, input: object): Promise<string> {
    const id = randomUUID();
    const envelope = {
      specversion: '1.0',
      id,
      source: '/trimtab/bench',
      type: 'trimtab.people.start-run.v1',
      time: new Date().toISOString(),
      datacontenttype: 'application/json',
      data: { workflow, input, actor: 'bench', idempotencyKey: id },
    };
    const reply = await this.nc.request('trimtab.people.start-run', JSON.stringify(envelope), {
      timeout: 60_000,
    });
    const answer = reply.json<{ ok: true; data: { runId: string } } | { ok: false; error: object }>();
    if (answer.ok) return answer.data.runId;
    throw new Error(`the run was refused: ${JSON.stringify(answer.error)}`);
  }

  /** Resolves with the outputs when the run is completed; throws when it ended otherwise. */
  async end(runId: string): Promise<unknown> {
    const known = this.ended.get(runId);
    this.ended.delete(runId);
    const event = known ?? (await new Promise<RunEnded>((done) => this.waiting.set(runId, done)));
    if (event.type === 'trimtab.run.completed.v1') return event.data.outputs;
    throw new Error(`run ${runId} did not complete: ${JSON.stringify(event)}`);
  }

  async run(workflow: string, input: object): Promise<unknown> {
    return this.end(await this.start(workflow, input));
  }

  close(): Promise<void> {
    return this.nc.close();
  }

  /** The end of a run may be heard before the answer to its start. */
  private hear(event: RunEnded): void {
    const waiting = this.waiting.get(event.runid);
    if (!waiting) return void this.ended.set(event.runid, event);
    this.waiting.delete(event.runid);
    waiting(event);
  }
}
