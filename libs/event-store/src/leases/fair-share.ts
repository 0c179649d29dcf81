/** How many partitions an instance should hold: shares differ by one at most and add up to all partitions. */
export function fairShare(partitions: number, instances: readonly string[], instance: string): number {
  const rank = [...instances].sort().indexOf(instance);
  if (rank < 0) return 0;
  const extra = rank < partitions % instances.length ? 1 : 0;
  return Math.floor(partitions / instances.length) + extra;
}
