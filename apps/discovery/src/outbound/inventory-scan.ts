import type { CoverageEntry, Resource, ScannedService } from '@trimtab/contracts';
import { mapConcurrently } from '@trimtab/cloud';
import type { CloudScope, Inventory } from '@trimtab/cloud';
import { toErrorInfo } from '@trimtab/kernel';
import type { ErrorInfo } from '@trimtab/kernel';
import { coverageOf } from '../domain/coverage.js';
import type { Details } from './details.js';
import { readService } from './service-readers.js';

/** Metrics are asked for this many resources at once: bounds the memory of a scan. */
const CHUNK = 20;

/** What a service's scan needs of the cloud; `calls` tells how many requests were made for it so far. */
export interface ServiceCloud {
  readonly inventory: Inventory;
  readonly details: Details;
  readonly calls: () => number;
}

/**
 * The scan of one service: yields resources as they are complete and leaves `coverage` behind. It never throws for
 * what the cloud refuses; it keeps what was read.
 */
export class ServiceScanner {
  private resources = 0;
  private listError: ErrorInfo | undefined;
  private detailError: ErrorInfo | undefined;

  constructor(
    readonly service: ScannedService,
    private readonly scope: CloudScope,
    private readonly cloud: ServiceCloud,
    private readonly signal: AbortSignal,
  ) {}

  async *run(): AsyncIterable<Resource> {
    const problem = (error: unknown): void => void (this.detailError ??= toErrorInfo(error));
    const listed = readService(this.service, this.cloud.inventory, this.scope, problem);
    try {
      for await (const chunk of inChunks(listed)) {
        for (const resource of await this.complete(chunk)) {
          this.resources += 1;
          yield resource;
        }
        this.signal.throwIfAborted();
      }
    } catch (error) {
      if (this.signal.aborted) throw error;
      this.listError = toErrorInfo(error);
    }
  }

  coverage(scannedAt: string): CoverageEntry {
    const { service, resources, listError, detailError } = this;
    return coverageOf(
      this.scope,
      { service, resources, calls: this.cloud.calls(), listError, detailError },
      scannedAt,
    );
  }

  private async complete(chunk: readonly Resource[]): Promise<Resource[]> {
    const measured = await this.orAsListed(chunk, () => this.cloud.details.withMetrics(chunk));
    return this.orAsListed(measured, async () => {
      const dated: Resource[] = [];
      const work = mapConcurrently(measured, 4, (resource) => this.cloud.details.withIdleSince(resource));
      for await (const resource of work) dated.push(resource);
      return dated;
    });
  }

  /** A detail that cannot be read is missing, which the coverage tells; the resources are kept. */
  private async orAsListed(
    listed: readonly Resource[],
    work: () => Promise<Resource[]>,
  ): Promise<Resource[]> {
    try {
      return await work();
    } catch (error) {
      if (this.signal.aborted) throw error;
      this.detailError ??= toErrorInfo(error);
      return [...listed];
    }
  }
}

/** Chunks of a list; when the list ends with an error, what was read comes first. */
export async function* inChunks<T>(items: AsyncIterable<T>, size = CHUNK): AsyncIterable<T[]> {
  let chunk: T[] = [];
  try {
    for await (const item of items) {
      chunk.push(item);
      if (chunk.length < size) continue;
      const full = chunk;
      chunk = [];
      yield full;
    }
  } catch (error) {
    if (chunk.length > 0) yield chunk;
    throw error;
  }
  if (chunk.length > 0) yield chunk;
}

/** Items of several lists as they come, all lists read at the same time. */
export async function* merged<T>(lists: readonly AsyncIterable<T>[]): AsyncIterable<T> {
  const open = new Map(lists.map((list, i) => [i, list[Symbol.asyncIterator]()]));
  const next = new Map([...open].map(([i, iterator]) => [i, step(i, iterator)]));
  try {
    while (next.size > 0) {
      const { i, result } = await Promise.race(next.values());
      const iterator = open.get(i);
      if (result.done || !iterator) {
        next.delete(i);
        open.delete(i);
      } else {
        yield result.value;
        next.set(i, step(i, iterator));
      }
    }
  } finally {
    await Promise.allSettled([...open.values()].map((iterator) => iterator.return?.()));
  }
}

const step = async <T>(
  i: number,
  iterator: AsyncIterator<T>,
): Promise<{ i: number; result: IteratorResult<T> }> => ({
  i,
  result: await iterator.next(),
});
