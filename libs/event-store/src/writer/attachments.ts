import type { Attachment } from '../log/event.js';
import { int4Array, textArray, timestampArray } from '../sql/binary-array.js';

export type AttachmentKind = Attachment['kind'];
type Of<K extends AttachmentKind> = Extract<Attachment, { kind: K }>;
type Value = string | number | null;

const encoders = {
  int: (values: readonly Value[]) => int4Array(values as number[]),
  text: (values: readonly Value[]) => textArray(values as (string | null)[]),
  timestamptz: (values: readonly Value[]) => timestampArray(values as number[]),
};

interface Shape<K extends AttachmentKind> {
  /** What one row is about, when the last word on it within a batch wins. */
  readonly about?: (attachment: Of<K>) => string;
  /** Columns after the partition. */
  readonly row: (attachment: Of<K>) => Value[];
  readonly types: readonly (keyof typeof encoders)[];
  /** `rows` are the unnested rows whose partition passed the fence, the partition first. */
  readonly sql: (schema: string, rows: string) => string;
}

const json = (value: unknown): string | null => (JSON.stringify(value) as string | undefined) ?? null;

const shapes: { readonly [K in AttachmentKind]: Shape<K> } = {
  idempotency: {
    row: (input) => [input.key, json(input.result)],
    types: ['text', 'text'],
    sql: (schema, rows) =>
      `inputs AS (INSERT INTO ${schema}.processed (partition, key, result) SELECT * FROM ${rows} AS r)`,
  },
  'timer.set': {
    about: (timer) => `timer ${timer.run} ${timer.key}`,
    row: (timer) => [timer.run, timer.key, Date.parse(timer.dueAt), json(timer.data)],
    types: ['text', 'text', 'timestamptz', 'text'],
    sql: (schema, rows) => `timers_set AS (
      INSERT INTO ${schema}.timers (partition, run, key, due_at, data) SELECT * FROM ${rows} AS r
      ON CONFLICT (partition, run, key) DO UPDATE SET due_at = excluded.due_at, data = excluded.data)`,
  },
  'timer.clear': {
    about: (timer) => `timer ${timer.run} ${timer.key}`,
    row: (timer) => [timer.run, timer.key],
    types: ['text', 'text'],
    // By the place of each row: a join that was planned for an empty table would read all of it.
    sql: (schema, rows) => `timers_cleared AS (
      DELETE FROM ${schema}.timers WHERE ctid = ANY (ARRAY(
        SELECT (SELECT t.ctid FROM ${schema}.timers t
          WHERE t.partition = c.partition AND t.run = c.run AND t.key = c.key)
        FROM ${rows} AS c(partition, run, key))))`,
  },
  'run.upsert': {
    about: (run) => `run ${run.run}`,
    row: (run) => [run.run, run.stream, run.status, String(run.terminal), run.version, json(run.data)],
    types: ['text', 'text', 'text', 'text', 'int', 'text'],
    sql: (schema, rows) => `runs_written AS (
      INSERT INTO ${schema}.runs (partition, run, stream, status, terminal, version, data)
      SELECT r.a, r.b, r.c, r.d, r.e::boolean, r.f, r.g FROM ${rows} AS r(a, b, c, d, e, f, g)
      ON CONFLICT (run) DO UPDATE SET status = excluded.status, terminal = excluded.terminal,
        version = excluded.version, data = excluded.data, updated_at = now())`,
  },
  public: {
    row: (message) => [message.id, message.subject, json(message.message) ?? 'null'],
    types: ['text', 'text', 'text'],
    sql: (schema, rows) => `published AS (
      INSERT INTO ${schema}.public_messages (partition, id, subject, message) SELECT * FROM ${rows} AS r)`,
  },
};

export interface EncodedAttachment {
  readonly kind: AttachmentKind;
  readonly about: string | undefined;
  readonly row: readonly Value[];
  readonly bytes: number;
}

/** Throws a TypeError when a value does not fit its column (the timer's date, most likely). */
export function encodeAttachment(attachment: Attachment): EncodedAttachment {
  const { kind } = attachment;
  const { row, about, types } = shapes[kind] as Shape<AttachmentKind>;
  const values = row(attachment);
  values.forEach((value, i) => {
    const fits = types[i] === 'text' ? typeof value === 'string' || value === null : Number.isFinite(value);
    if (!fits) throw new TypeError(`"${String(value)}" cannot be column ${i + 1} of a ${kind} row`);
  });
  const bytes = values.reduce<number>(
    (sum, value) => sum + (typeof value === 'string' ? value.length : 8),
    50,
  );
  return { kind, about: about?.(attachment), row: values, bytes };
}

export interface AttachedRows {
  readonly kind: AttachmentKind;
  readonly values: readonly Buffer[];
}

/** The attachments of a batch as columns, one entry per kind, each row's last word only. */
export function attachedColumns(attached: readonly (readonly [number, EncodedAttachment])[]): AttachedRows[] {
  if (attached.length === 0) return [];
  const last = new Map<unknown, readonly [number, EncodedAttachment]>();
  for (const entry of attached) {
    const { about } = entry[1];
    const key = about === undefined ? entry : `${entry[0]} ${about}`;
    last.delete(key);
    last.set(key, entry);
  }
  return (Object.keys(shapes) as AttachmentKind[]).flatMap((kind) => {
    const rows = [...last.values()].filter(([, { kind: other }]) => other === kind);
    return rows.length === 0 ? [] : [{ kind, values: columns(kind, rows) }];
  });
}

function columns(kind: AttachmentKind, rows: readonly (readonly [number, EncodedAttachment])[]): Buffer[] {
  const partitions = int4Array(rows.map(([partition]) => partition));
  const rest = shapes[kind].types.map((type, i) =>
    encoders[type](rows.map(([, { row }]) => row[i] as Value)),
  );
  return [partitions, ...rest];
}

/** The part of the statement that writes a kind, its parameters numbered from `first`. */
export function attachmentSql(
  kind: AttachmentKind,
  schema: string,
  first: number,
): { sql: string; next: number } {
  const types = ['int', ...shapes[kind].types];
  const parameters = types.map((type, i) => `$${first + i}::${type}[]`).join(', ');
  const rows = `(SELECT * FROM unnest(${parameters}) AS u(p) WHERE u.p = ANY (ARRAY(SELECT id FROM fence)))`;
  return { sql: shapes[kind].sql(schema, rows), next: first + types.length };
}
