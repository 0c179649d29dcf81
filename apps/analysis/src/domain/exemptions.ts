import type { Resource } from '@trimtab/contracts';

/** Tags by which owners that would undo a change are known: act through the owner instead. */
const OWNERS: readonly [pattern: RegExp, owner: string][] = [
  [/^aws:autoscaling:groupName$/, 'an Auto Scaling group'],
  [/^aws:cloudformation:/, 'a CloudFormation stack'],
  [/^(eks:|kubernetes\.io\/)/, 'a Kubernetes cluster'],
];

/** Why a resource must be left alone; undefined when it may be looked at. */
export function exemption(resource: Resource, exemptTag: string, asOf: Date): string | undefined {
  const exempt = resource.tags[exemptTag];
  if (exempt !== undefined && !expired(exempt, asOf)) return `tagged ${exemptTag}=${exempt}`;
  const owner = OWNERS.find(([pattern]) => Object.keys(resource.tags).some((tag) => pattern.test(tag)));
  return owner && `owned by ${owner[1]}`;
}

/** `until=2026-12-31` ends an exemption; `false` is none. */
function expired(value: string, asOf: Date): boolean {
  if (value.toLowerCase() === 'false') return true;
  const until = /^until=(\d{4}-\d{2}-\d{2})$/.exec(value)?.[1];
  return until !== undefined && asOf.toISOString().slice(0, 10) > until;
}
