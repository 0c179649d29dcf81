/** What `node --cpu-prof` writes, as far as it is read here. Times are microseconds. */
export interface CpuProfile {
  readonly nodes: readonly ProfileNode[];
  readonly samples: readonly number[];
  readonly timeDeltas: readonly number[];
}

interface ProfileNode {
  readonly id: number;
  readonly callFrame: Frame;
  readonly children?: readonly number[];
}

interface Frame {
  readonly functionName: string;
  readonly url: string;
  readonly lineNumber: number;
}

export interface HotSpot {
  readonly where: string;
  /** Share of the process's busy time. */
  readonly percent: number;
}

export interface Profile {
  /** Without what the function calls. */
  readonly functions: readonly HotSpot[];
  readonly packages: readonly HotSpot[];
  /** Functions of this repository, with all that they call. */
  readonly within: readonly HotSpot[];
}

const IDLE = new Set(['(idle)', '(program)', '(root)']);

/** Where a process spent its busy time, without the loading of its modules. */
export function hotSpots({ nodes, samples, timeDeltas }: CpuProfile, top = 30): Profile {
  const stackOf = stacks(nodes);
  const [functions, packages, within] = [new Tally(), new Tally(), new Tally()];
  samples.forEach((id, i) => {
    const stack = stackOf(id);
    const [frame] = stack;
    if (!frame || IDLE.has(frame.functionName) || stack.some(isLoading)) return;
    const time = timeDeltas[i] ?? 0;
    functions.add(nameOf(frame), time);
    packages.add(packageOf(frame), time);
    for (const name of new Set(stack.filter(isOurs).map(nameOf))) within.add(name, time);
  });
  const ranked = (tally: Tally): HotSpot[] => tally.ranked(top, functions.total);
  return { functions: ranked(functions), packages: ranked(packages), within: ranked(within) };
}

class Tally {
  total = 0;
  private readonly times = new Map<string, number>();

  add(name: string, time: number): void {
    this.total += time;
    this.times.set(name, (this.times.get(name) ?? 0) + time);
  }

  ranked(top: number, busy: number): HotSpot[] {
    return [...this.times]
      .sort(([, a], [, b]) => b - a)
      .slice(0, top)
      .map(([where, time]) => ({ where, percent: Math.round((time / busy) * 1_000) / 10 }));
  }
}

/** From a node to its frames, the innermost first. */
function stacks(nodes: readonly ProfileNode[]): (id: number) => readonly Frame[] {
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const parents = new Map(nodes.flatMap(({ id, children = [] }) => children.map((child) => [child, id])));
  const known = new Map<number, readonly Frame[]>();
  const stackOf = (id: number): readonly Frame[] => {
    const before = known.get(id);
    if (before) return before;
    const [node, parent] = [byId.get(id), parents.get(id)];
    const stack = [...(node ? [node.callFrame] : []), ...(parent === undefined ? [] : stackOf(parent))];
    known.set(id, stack);
    return stack;
  };
  return stackOf;
}

const isLoading = ({ url }: Frame): boolean => url.startsWith('node:internal/modules/');
const isOurs = ({ url }: Frame): boolean => /^(libs|apps|bench)\//.test(placeOf(url));
const nameOf = ({ functionName, url, lineNumber }: Frame): string =>
  `${functionName || '(anonymous)'} ${placeOf(url)}:${lineNumber + 1}`;
const placeOf = (url: string): string =>
  url.replace(/^file:\/\//, '').replace(/^.*\/(?=(node_modules|libs|apps|bench)\/)/, '');

function packageOf({ url, functionName }: Frame): string {
  if (url === '') return functionName === '(garbage collector)' ? functionName : '(native)';
  if (url.startsWith('node:')) return 'node';
  const place = placeOf(url);
  const dependency = /^node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(place);
  return dependency?.[1] ?? place.split('/').slice(0, 2).join('/');
}
