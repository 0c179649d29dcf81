import { int4Array, int8Array, textArray, timestampArray, uuidArray } from '../sql/binary-array.js';
import type { PartitionState, Planned } from './plan.js';
import type { AttachmentKind } from './attachments.js';
import { attachedColumns, attachmentSql } from './attachments.js';

export interface Statement {
  readonly name: string;
  readonly text: string;
  readonly values: unknown[];
}

export interface BatchRows {
  readonly batchId: string;
  readonly planned: readonly Planned[];
  readonly upTo: ReadonlyMap<PartitionState, number>;
}

/**
 * The whole commit as one statement, which is its own transaction and one round trip. The fence moves each
 * partition from the state the writer knows (epoch and last batch) to this batch; rows of a partition whose fence did
 * not move are not written. It returns the partitions that moved. Since the fence compares and sets, sending the
 * same batch again can never write it twice.
 */
export function batchStatement(schema: string, batch: BatchRows): Statement {
  const attached = attachedColumns(
    batch.planned.flatMap(({ append }) => append.attachments.map((row) => [append.partition, row] as const)),
  );
  const kinds = attached.map(({ kind }) => kind);
  return {
    name: `append ${schema} ${kinds.join(' ')}`,
    text: statementText(schema, kinds),
    values: [
      ...fenceValues(batch),
      ...eventValues(batch.planned),
      ...attached.flatMap(({ values }) => values),
    ],
  };
}

const texts = new Map<string, string>();

function statementText(schema: string, kinds: readonly AttachmentKind[]): string {
  const key = `${schema} ${kinds.join(' ')}`;
  const known = texts.get(key);
  if (known !== undefined) return known;
  let next = 14;
  const parts = kinds.map((kind) => {
    const part = attachmentSql(kind, schema, next);
    next = part.next;
    return `, ${part.sql}`;
  });
  const text = `${fenceSql(schema)}${parts.join('')} SELECT id FROM fence`;
  texts.set(key, text);
  return text;
}

const fenceSql = (schema: string): string => `
  WITH fence AS (
    UPDATE ${schema}.partitions p SET last_batch = $1::uuid, last_sequence = b.up_to
    FROM unnest($2::int[], $3::bigint[], $4::uuid[], $5::bigint[]) AS b(id, epoch, last_batch, up_to)
    WHERE p.id = b.id AND p.epoch = b.epoch AND p.last_batch IS NOT DISTINCT FROM b.last_batch
    RETURNING p.id
  ), appended AS (
    INSERT INTO ${schema}.events (partition, sequence, version, id, at, stream, type, data)
    SELECT e.* FROM unnest($6::int[], $7::bigint[], $8::int[], $9::uuid[], $10::timestamptz[], $11::text[],
      $12::text[], $13::text[]) AS e(partition, sequence, version, id, at, stream, type, data)
    WHERE e.partition = ANY (ARRAY(SELECT id FROM fence))
  )`;

function fenceValues({ batchId, upTo }: BatchRows): unknown[] {
  const states = [...upTo.keys()];
  return [
    batchId,
    int4Array(states.map((state) => state.id)),
    int8Array(states.map((state) => state.epoch)),
    uuidArray(states.map((state) => state.lastBatch)),
    int8Array([...upTo.values()]),
  ];
}

function eventValues(planned: readonly Planned[]): Buffer[] {
  const partitions: number[] = [];
  const sequences: number[] = [];
  const versions: number[] = [];
  const streams: string[] = [];
  const events = planned.flatMap(({ append }) => append.events);
  for (const { append, firstSequence } of planned) {
    for (let i = 0; i < append.events.length; i += 1) {
      partitions.push(append.partition);
      sequences.push(firstSequence + i);
      versions.push(append.expectedVersion + 1 + i);
      streams.push(append.stream);
    }
  }
  return [
    int4Array(partitions),
    int8Array(sequences),
    int4Array(versions),
    uuidArray(events.map((event) => event.id)),
    timestampArray(events.map((event) => event.at)),
    textArray(streams),
    textArray(events.map((event) => event.type)),
    textArray(events.map((event) => event.data)),
  ];
}
