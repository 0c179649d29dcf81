import type { PlannedAction } from '@trimtab/contracts';

/** The actions of each site (one account in one region), in the plan's order. */
export function bySite(actions: readonly PlannedAction[]): PlannedAction[][] {
  const sites = new Map<string, PlannedAction[]>();
  for (const action of actions) {
    const site = `${action.resource.accountId} ${action.resource.region}`;
    sites.set(site, [...(sites.get(site) ?? []), action]);
  }
  return [...sites.values()];
}

/**
 * Which earlier actions must have ended before each may begin, by action id: those that concern the same thing, since
 * what one leaves the other stands on.
 */
export function earlierOnTheSame(actions: readonly PlannedAction[]): ReadonlyMap<string, readonly string[]> {
  const last = new Map<string, string>();
  const earlier = new Map<string, readonly string[]>();
  for (const action of actions) {
    const things = thingsOf(action);
    earlier.set(action.id, [...new Set(things.flatMap((thing) => last.get(thing) ?? []))]);
    for (const thing of things) last.set(thing, action.id);
  }
  return earlier;
}

/** The resource, and what the scan knows it to be attached to or made of: a volume's instance, a snapshot's volume. */
function thingsOf({ resource, preconditions }: PlannedAction): string[] {
  const { attachedTo, instanceId, volumeId } = preconditions;
  const others = [...(Array.isArray(attachedTo) ? (attachedTo as unknown[]) : []), instanceId, volumeId];
  const ids = [resource.id, ...others.filter((one): one is string => typeof one === 'string')];
  return ids.map((id) => `${resource.accountId} ${resource.region} ${id}`);
}
