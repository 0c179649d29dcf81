/**
 * Holds partitions until it is killed: a process of its own, as an instance is one.
 * Argument: JSON `{ url, schema, instanceId, leaseMs }`. Prints how many partitions it holds.
 */
import { createPool, PartitionLeases } from '../dist/index.js';

const { url, ...options } = JSON.parse(process.argv[2]);
const hear = { onAcquired: () => undefined, onLost: () => undefined };
const leases = new PartitionLeases(createPool({ url, connectMs: 60_000 }), options, hear);
await leases.start();
process.stdout.write(`${leases.leases.length}\n`);
