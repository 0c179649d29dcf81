interface Needing {
  readonly needs: readonly string[];
}
type Graph = { readonly [id: string]: Needing };

/** A cycle as the list of its tasks, first one repeated at the end; undefined when there is none. */
export function cycleIn(graph: Graph): string[] | undefined {
  const left = new Map(Object.entries(graph).map(([id, node]) => [id, node.needs.length]));
  const dependents = dependentsOf(graph);
  const free = [...left].filter(([, count]) => count === 0).map(([id]) => id);
  for (let id = free.pop(); id !== undefined; id = free.pop()) {
    left.delete(id);
    for (const dependent of dependents.get(id) ?? []) {
      const count = (left.get(dependent) ?? 0) - 1;
      left.set(dependent, count);
      if (count === 0) free.push(dependent);
    }
  }
  const start = [...left.keys()].sort()[0];
  return start === undefined ? undefined : cycleFrom(graph, start, left);
}

/** Every task left over needs another one left over: following needs must come back. */
function cycleFrom(graph: Graph, start: string, left: ReadonlyMap<string, number>): string[] {
  const path: string[] = [];
  let id = start;
  while (!path.includes(id)) {
    path.push(id);
    id = graph[id]?.needs.find((need) => left.has(need)) ?? start;
  }
  return [...path.slice(path.indexOf(id)), id].reverse();
}

/** By task, the tasks that need it. */
export function dependentsOf(graph: Graph): Map<string, string[]> {
  const dependents = new Map<string, string[]>(Object.keys(graph).map((id) => [id, []]));
  for (const [id, node] of Object.entries(graph))
    for (const need of node.needs) dependents.get(need)?.push(id);
  return dependents;
}

/** Everything a task needs, directly or through others. */
export function ancestorsOf(graph: Graph, id: string): Set<string> {
  const found = new Set<string>();
  const open = [...(graph[id]?.needs ?? [])];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    if (found.has(next)) continue;
    found.add(next);
    open.push(...(graph[next]?.needs ?? []));
  }
  return found;
}

/** Every task of a graph without cycles, after all that it needs. */
export function inOrder(graph: Graph): string[] {
  const dependents = dependentsOf(graph);
  const left = new Map(Object.entries(graph).map(([id, node]) => [id, node.needs.length]));
  const order = [...left].filter(([, count]) => count === 0).map(([id]) => id);
  for (const id of order) {
    for (const dependent of dependents.get(id) ?? []) {
      const count = (left.get(dependent) ?? 0) - 1;
      left.set(dependent, count);
      if (count === 0) order.push(dependent);
    }
  }
  return order;
}
