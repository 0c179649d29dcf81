import { DAY_MS, utcDay } from '@trimtab/kernel';

/** One value per UTC day from `start` (`YYYY-MM-DD`) on, without gaps; `NaN` marks a day that is not known. */
export interface DailySeries {
  readonly start: string;
  readonly values: ArrayLike<number>;
}

/** The day `offset` days after `day` (both `YYYY-MM-DD`). */
export const addDays = (day: string, offset: number): string =>
  utcDay(new Date(Date.parse(`${day}T00:00:00Z`) + offset * DAY_MS));

/** Whole days from `from` to `to`; negative when `to` is earlier. */
export const daysBetween = (from: string, to: string): number =>
  Math.round((Date.parse(`${to}T00:00:00Z`) - Date.parse(`${from}T00:00:00Z`)) / DAY_MS);

/** Every day from `from` to `to`, both included. */
export const daysFrom = (from: string, to: string): string[] =>
  Array.from({ length: Math.max(0, daysBetween(from, to) + 1) }, (_, i) => addDays(from, i));
