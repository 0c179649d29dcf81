import { subjects } from '@trimtab/contracts';
import { rowsOf } from '@trimtab/event-store';
import type { Artifacts, EventLog, Sql } from '@trimtab/event-store';
import type { Messaging } from '@trimtab/messaging';
import { servicesOn } from './service-info.js';

/** Everything outside of a run that a task may depend on. */
export abstract class Things {
  /** Whether the thing that a key names is there now. */
  abstract isThere(key: string): Promise<boolean>;
  /** Whether anybody takes commands of a task type, or did: then they wait for it in its queue. */
  abstract isOffered(uses: string, pool: string): Promise<boolean>;
  /** Takes a command out of the queue; false when it is not there. `id`: its message id. */
  abstract takeBack(sequence: number, id: string): Promise<boolean>;
  /** Remembers that somebody said that it is there. */
  abstract announce(key: string, sql?: Sql): Promise<void>;
}

interface Around {
  readonly messaging: Messaging;
  readonly sql: Sql;
  readonly schema: string;
  readonly log: EventLog;
  readonly artifacts: Artifacts;
  /** What the directory of services says of a task type; undefined when it does not know. */
  readonly offered: (uses: string) => boolean | undefined;
}

const FILTERS_FOR_MS = 2_000;

/** On the bus and in Postgres. */
export class StoredThings extends Things {
  private filters: { readonly known: readonly string[]; readonly atMs: number } | undefined;

  constructor(private readonly around: Around) {
    super();
  }

  override async isThere(key: string): Promise<boolean> {
    const at = key.indexOf(':');
    const [kind, name] = [key.slice(0, at), key.slice(at + 1)];
    const { log, artifacts } = this.around;
    if (kind === 'service') return this.isServed(name);
    if (kind === 'run') return (await log.run(name))?.status === 'COMPLETED';
    if (kind === 'workflow') return this.hasCompleted(name);
    if (kind === 'artifact') return (await artifacts.stat(key)) !== undefined;
    return this.wasAnnounced(key);
  }

  override async isOffered(uses: string, pool: string): Promise<boolean> {
    const [area = '', action = ''] = uses.split('.');
    const subject = subjects.command(area, pool, action);
    return (await this.consumed()).some((filter) => covers(filter, subject));
  }

  override async takeBack(sequence: number, id: string): Promise<boolean> {
    const { streams } = await this.around.messaging.jsm();
    const stored = await streams.getMessage('CMD', { seq: sequence }).catch(() => null);
    if (!stored?.string().includes(JSON.stringify(id))) return false;
    return streams.deleteMessage('CMD', sequence).catch(() => false);
  }

  override async announce(key: string, sql = this.around.sql): Promise<void> {
    const { schema } = this.around;
    await sql.query(`INSERT INTO ${schema}.announced (key) VALUES ($1) ON CONFLICT DO NOTHING`, [key]);
  }

  /** The directory knows who is healthy. Of what it never saw, who answers says what it takes, and queues tell the rest. */
  private async isServed(uses: string): Promise<boolean> {
    const known = this.around.offered(uses);
    if (known !== undefined) return known;
    const services = await servicesOn(this.around.messaging);
    const types = services.flatMap(({ metadata }) => String(metadata['taskTypes'] ?? '').split(','));
    if (types.includes(uses)) return true;
    return this.isOffered(uses, 'default');
  }

  private async consumed(): Promise<readonly string[]> {
    const now = Date.now();
    if (this.filters && now - this.filters.atMs < FILTERS_FOR_MS) return this.filters.known;
    const jsm = await this.around.messaging.jsm();
    const known: string[] = [];
    for await (const { config } of jsm.consumers.list('CMD'))
      known.push(...(config.filter_subjects ?? [config.filter_subject ?? '>']));
    this.filters = { known, atMs: now };
    return known;
  }

  private async hasCompleted(workflow: string): Promise<boolean> {
    const named = `%"workflow":${JSON.stringify(workflow).replaceAll(/[%_\\]/g, '\\$&')}%`;
    const text = `SELECT 1 FROM ${this.around.schema}.runs WHERE status = 'COMPLETED' AND data LIKE $1 LIMIT 1`;
    return (await rowsOf(this.around.sql, text, [named])).length > 0;
  }

  private async wasAnnounced(key: string): Promise<boolean> {
    const text = `SELECT 1 FROM ${this.around.schema}.announced WHERE key = $1`;
    return (await rowsOf(this.around.sql, text, [key])).length > 0;
  }
}

/** Whether a subject matches a filter with `*` and `>`. */
function covers(filter: string, subject: string): boolean {
  const wanted = filter.split('.');
  const given = subject.split('.');
  return (
    wanted.every(
      (token, i) => token === '>' || (given[i] !== undefined && (token === '*' || token === given[i])),
    ) &&
    (wanted.at(-1) === '>' || wanted.length === given.length)
  );
}
