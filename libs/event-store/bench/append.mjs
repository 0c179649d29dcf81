/**
 * Rows per second of the event writer beside a raw batched insert of the same rows into a table with the same indexes:
 * `DATABASE_URL=postgres://… node bench/append.mjs [seconds] [rows per append]` after `node tools/build.mjs libs/event-store`.
 * The two take turns in short rounds, so that the machine's moods fall on both.
 */
import { randomUUID } from 'node:crypto';
import { performance } from 'node:perf_hooks';
import * as binary from '../dist/writer/binary-array.js';
import { EventWriter, createPool, openEventLog } from '@trimtab/event-store';

const seconds = Number(process.argv[2] ?? 24);
const perAppend = Number(process.argv[3] ?? 4);
const RAW_ROWS = Number(process.env.RAW_ROWS ?? 1000);
/** RAW=binary gives the raw insert the writer's own encoding, so that only the writer's care is compared. */
const BINARY = process.env.RAW === 'binary';
const DEPTH = Number(process.env.DEPTH ?? 4000);
const pool = createPool({ url: process.env.DATABASE_URL, max: 6 });
const schema = `bench_${randomUUID().slice(0, 8)}`;
const log = await openEventLog(pool, { schema, partitions: 16 });
await pool.query(`CREATE TABLE ${schema}.raw (LIKE ${schema}.events INCLUDING ALL)`);

const writer = new EventWriter(pool, { schema, maxRows: Number(process.env.MAX_ROWS ?? 2000) });
for (let partition = 0; partition < log.partitionCount; partition += 1) {
  writer.open({ partition, epoch: 0, lastSequence: 0, lastBatch: null });
}
const at = new Date().toISOString();
const data = {
  task: 'discover',
  attempt: 1,
  result: { ref: 'artifact:sha256:'.padEnd(80, 'a'), count: 1234 },
  note: 'x'.repeat(60),
};

let streams = 0;
async function producer(until) {
  let rows = 0;
  while (performance.now() < until) {
    const stream = `run-${(streams += 1)}`;
    const events = Array.from({ length: perAppend }, () => ({
      id: randomUUID(),
      type: 'TaskCompleted',
      data,
      at,
    }));
    await writer.append(streams % 16, stream, 0, events);
    rows += perAppend;
  }
  return rows;
}
async function round(ms, work) {
  const start = performance.now();
  const rows = await work(start + ms);
  return { rows, ms: performance.now() - start };
}
const viaWriter = (until) =>
  Promise.all(Array.from({ length: Math.ceil(DEPTH / perAppend) }, () => producer(until))).then((all) =>
    all.reduce((a, b) => a + b, 0),
  );

let sequence = 0;
const client = await pool.connect();
async function raw(until) {
  let rows = 0;
  while (performance.now() < until) {
    const n = RAW_ROWS;
    const ids = [],
      partitions = [],
      sequences = [],
      versions = [],
      ats = [],
      names = [],
      types = [],
      datas = [];
    for (let i = 0; i < n; i += 1) {
      sequence += 1;
      ids.push(randomUUID());
      partitions.push(sequence % 16);
      sequences.push(sequence);
      versions.push(1 + (i % perAppend));
      ats.push(at);
      names.push(`run-${Math.floor(sequence / perAppend)}-${i}`);
      types.push('TaskCompleted');
      datas.push(JSON.stringify(data));
    }
    await client.query({
      name: 'raw',
      text: `INSERT INTO ${schema}.raw (partition, sequence, version, id, at, stream, type, data) SELECT * FROM
        unnest($1::int[], $2::bigint[], $3::int[], $4::uuid[], $5::timestamptz[], $6::text[], $7::text[], $8::text[])`,
      values: BINARY
        ? [
            binary.int4Array(partitions),
            binary.int8Array(sequences),
            binary.int4Array(versions),
            binary.uuidArray(ids),
            binary.timestampArray(ats.map(Date.parse)),
            binary.textArray(names),
            binary.textArray(types),
            binary.textArray(datas),
          ]
        : [partitions, sequences, versions, ids, ats, names, types, datas],
    });
    rows += n;
  }
  return rows;
}
const totals = { raw: { rows: 0, ms: 0 }, writer: { rows: 0, ms: 0 } };
const add = (name, { rows, ms }) => {
  totals[name].rows += rows;
  totals[name].ms += ms;
};
await round(1000, raw);
await round(1000, viaWriter);
for (let i = 0; i < seconds / 4; i += 1) {
  add('raw', await round(2000, raw));
  add('writer', await round(2000, viaWriter));
}
const rate = ({ rows, ms }) => Math.round((rows / ms) * 1000);
const { batches } = writer.stats;
console.log({
  raw: rate(totals.raw),
  writer: rate(totals.writer),
  ratio: +(rate(totals.writer) / rate(totals.raw)).toFixed(2),
  batches,
  rowsPerBatch: Math.round(totals.writer.rows / batches),
});
client.release();
await writer.close();
await pool.query(`DROP SCHEMA ${schema} CASCADE`);
await pool.end();
