/** How much of a plan is carried out at the same time; also the Nest token of it. */
export class Breadth {
  constructor(
    /** Sites (one account in one region) at the same time. */
    readonly sites: number,
    /** Actions at the same time in each of them. */
    readonly perSite: number,
  ) {}
}

/** Does the work for every item, in their order, so many at a time. Ends when all that began has ended; throws what failed first. */
export async function sideBySide<T>(
  items: readonly T[],
  atOnce: number,
  work: (item: T) => Promise<void>,
): Promise<void> {
  const waiting = items.values();
  let failed: { readonly error: unknown } | undefined;
  const lane = async (): Promise<void> => {
    for (const item of waiting) {
      if (failed) return;
      await work(item).catch((error: unknown) => void (failed ??= { error }));
    }
  };
  await Promise.all(Array.from({ length: Math.min(atOnce, items.length) }, lane));
  if (failed) throw failed.error;
}
