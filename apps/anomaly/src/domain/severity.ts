import type { Anomaly } from '@trimtab/contracts';
import { addDays, daysBetween, mean, sum } from '@trimtab/timeseries';

/** Unexpected cost by the end of the month at which a severity begins, in the bill's currency. */
const BOUNDS = [
  ['critical', 5_000],
  ['high', 1_000],
  ['medium', 250],
] as const;

const RECENT_DAYS = 7;

/** Severity by what the anomaly will have cost at month end: an open one goes on at the rate of its last week. */
export function severityOf(
  dailyImpact: readonly number[],
  open: boolean,
  lastDay: string,
): Anomaly['severity'] {
  const projected = sum(dailyImpact) + (open ? mean(dailyImpact.slice(-RECENT_DAYS)) * daysLeft(lastDay) : 0);
  return BOUNDS.find(([, least]) => projected >= least)?.[0] ?? 'low';
}

/** Days of the month after `day`. */
function daysLeft(day: string): number {
  const firstOfNext = `${addDays(`${day.slice(0, 7)}-01`, 31).slice(0, 7)}-01`;
  return daysBetween(day, firstOfNext) - 1;
}
