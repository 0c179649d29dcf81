import type { Call } from '../simulation.js';
import type { Owned } from '../world/world.js';

type Place = Pick<Owned, 'accountId' | 'region'>;

export const isOwn = (call: Call, item: Place): boolean =>
  item.accountId === call.accountId && item.region === call.region;

/** The caller's resources in the region of the call. */
export function own<T extends Place>(call: Call, items: Iterable<T>): T[] {
  const found: T[] = [];
  for (const item of items) if (isOwn(call, item)) found.push(item);
  return found;
}

/** The caller's resource by its key in the map, or undefined: others' resources do not exist for the caller. */
export function find<T extends Place>(
  call: Call,
  map: ReadonlyMap<string, T>,
  key: string | undefined,
): T | undefined {
  const item = key === undefined ? undefined : map.get(key);
  return item && isOwn(call, item) ? item : undefined;
}
