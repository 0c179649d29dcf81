import type { Anomaly } from '@trimtab/contracts';
import { canonicalJson } from '@trimtab/kernel';
import type { Detection } from './detect.js';
import { isSameIncident } from './detect.js';

export type IncidentChange =
  | { readonly change: 'opened'; readonly anomaly: Anomaly }
  | { readonly change: 'updated'; readonly anomaly: Anomaly }
  | { readonly change: 'closed'; readonly anomaly: Anomaly };

export interface Reconciled {
  /** The anomalies of this run under the ids by which they are known. */
  readonly anomalies: readonly Anomaly[];
  readonly changes: readonly IncidentChange[];
}

/**
 * One incident, not one alert a day: what a run found against what is known. A known anomaly keeps its id while it
 * grows or its data are restated; an open one that is no longer found is closed. Every anomaly opens once and
 * closes once.
 */
export function reconcile(known: readonly Anomaly[], detection: Detection): Reconciled {
  const matched = new Map<string, Anomaly>();
  const anomalies = detection.anomalies.map((found) => {
    const same = known.find((candidate) => !matched.has(candidate.id) && isSameIncident(candidate, found));
    const anomaly = same ? { ...found, id: same.id } : found;
    matched.set(anomaly.id, anomaly);
    return anomaly;
  });
  const before = new Map(known.map((anomaly) => [anomaly.id, anomaly]));
  const gone = known.filter((anomaly) => anomaly.status === 'open' && !matched.has(anomaly.id));
  return {
    anomalies,
    changes: [
      ...anomalies.flatMap((anomaly) => changesOf(before.get(anomaly.id), anomaly)),
      ...gone.map((anomaly) => ({ change: 'closed', anomaly: { ...anomaly, status: 'closed' } }) as const),
    ],
  };
}

function changesOf(before: Anomaly | undefined, now: Anomaly): IncidentChange[] {
  if (!before) {
    const opened: IncidentChange = { change: 'opened', anomaly: now };
    return now.status === 'closed' ? [opened, { change: 'closed', anomaly: now }] : [opened];
  }
  if (canonicalJson(before) === canonicalJson(now)) return [];
  return [
    { change: before.status === 'open' && now.status === 'closed' ? 'closed' : 'updated', anomaly: now },
  ];
}
