import { publicEvent } from '@trimtab/contracts';
import type { PublicEvent } from '@trimtab/contracts';
import type { TickDecision } from './schedule-ticks.js';

/** One event for times in a row that were skipped for the same reason. */
export function skippedEvents(scheduleId: string, ticks: readonly TickDecision[], now: Date): PublicEvent[] {
  const groups: { reason: string; times: Date[] }[] = [];
  let before: TickDecision | undefined;
  for (const tick of ticks) {
    if (tick.outcome === 'skipped') {
      const reason = tick.reason ?? '';
      const joins = before?.outcome === 'skipped' && before.reason === tick.reason;
      if (joins) groups.at(-1)?.times.push(tick.nominal);
      else groups.push({ reason, times: [tick.nominal] });
    }
    before = tick;
  }
  return groups.map(({ reason, times }) => {
    const first = (times[0] ?? now).toISOString();
    const last = (times.at(-1) ?? now).toISOString();
    const data = { scheduleId, reason, count: times.length, first, last, at: now.toISOString() };
    return publicEvent('trimtab.schedule.skipped.v1', `schedule/${scheduleId}`, data);
  });
}
