import { startCloudSim } from '../src/index.js';
import type { CloudSim } from '../src/index.js';
import type { Instance, Volume, World } from '../src/world/index.js';

export const production = '111122223333';
export const development = '444455556666';
export const now = Date.parse('2026-11-20T12:00:00Z');

export interface Place {
  readonly accountId: string;
  readonly region: string;
}

/** Client configuration for a base key of an account; no retries, so that tests see the first answer. */
export function clientConfig(sim: CloudSim, { accountId, region }: Place, maxAttempts = 1) {
  const credentials = { accessKeyId: `AKIASIM${accountId}`, secretAccessKey: 'not-checked' };
  return { endpoint: sim.url, region, credentials, maxAttempts };
}

/** States such as `stopping` last until the spec has seen them and calls `settle`. */
export const startSim = (): Promise<CloudSim> =>
  startCloudSim({ port: 0, seed: 7, now, transitionMs: 3_600_000 });

/** The error name that a call is refused with. */
export async function refusal(call: Promise<unknown>): Promise<{ name: string; status?: number }> {
  try {
    await call;
  } catch (error) {
    const { name, $metadata } = error as { name: string; $metadata?: { httpStatusCode?: number } };
    return { name, status: $metadata?.httpStatusCode };
  }
  throw new Error('the call succeeded');
}

export function first<T>(items: Iterable<T>, fits: (item: T) => boolean = () => true): T {
  for (const item of items) if (fits(item)) return item;
  throw new Error('the generated world has no such resource');
}

export const runningInstance = (world: World, fits: (item: Instance) => boolean = () => true): Instance =>
  first(
    world.instances.values(),
    (item) => item.state === 'running' && item.rootDeviceType === 'ebs' && fits(item),
  );

export const looseVolume = (world: World, fits: (item: Volume) => boolean = () => true): Volume =>
  first(world.volumes.values(), (item) => item.state === 'available' && fits(item));

export async function control(
  sim: CloudSim,
  method: string,
  path: string,
  body?: unknown,
): Promise<Response> {
  return fetch(`${sim.url}/_sim/${path}`, {
    method,
    body: body === undefined ? undefined : JSON.stringify(body),
  });
}

/** The value, which the test needs to be there. */
export function present<T>(value: T | undefined | null, what = 'value'): T {
  if (value === undefined || value === null) throw new Error(`${what} is missing`);
  return value;
}

/** All items of all pages. */
export async function collect<P, T>(
  pages: AsyncIterable<P>,
  items: (page: P) => T[] | undefined,
): Promise<T[]> {
  const found: T[] = [];
  for await (const page of pages) found.push(...(items(page) ?? []));
  return found;
}

interface Pair {
  readonly Key?: string | undefined;
  readonly Value?: string | undefined;
}

export const tagsIn = (tags: readonly Pair[] = []): Record<string, string | undefined> =>
  Object.fromEntries(tags.map((tag) => [tag.Key, tag.Value]));

/** The part of the world that one account sees in one region. */
export const inPlace = <T extends Place>(items: Iterable<T>, { accountId, region }: Place): T[] =>
  [...items].filter((item) => item.accountId === accountId && item.region === region);
