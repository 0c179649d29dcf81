import { mix, unit } from './random.js';
import type { UsageProfile } from './world.js';

/** Local names: the sandbox that tests run in makes every look-up of a global slow, and these run a million times. */
const { PI, cos, floor, max, min } = Math;

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

/** Hours that the working day of a region lies behind or before UTC. */
const OFFSET: Record<string, number> = { 'us-east-1': -5, 'us-west-2': -8, 'eu-west-1': 0 };

/**
 * Mean level (0..1 of capacity) of a profile in the interval that starts at `time`. Equal for equal seed and time:
 * noise is looked up by index, not drawn in turn.
 */
export function usageLevel(profile: UsageProfile, seed: number, time: number, region: string): number {
  const job = profile.weeklyJob;
  if (job && inJob(job, time)) return job.level - 0.03 * unit(seed, time / 300_000);
  const wave = profile.daily ? dailyWave(time, region) : wander(seed, time);
  const swing = (profile.peak - profile.base) * wave * (profile.weekly ? weekFactor(time, region) : 1);
  const noise = profile.noise * (2 * unit(seed, floor(time / 300_000)) - 1);
  return min(1, max(0, profile.base + swing + noise));
}

/** 0 at four in the morning, 1 at four in the afternoon, local time. */
export function dailyWave(time: number, region: string): number {
  const hour = (time / HOUR + (OFFSET[region] ?? 0)) % 24;
  return 0.5 - 0.5 * cos(((hour - 4) / 12) * PI);
}

/** Weekends are quieter. */
export function weekFactor(time: number, region: string): number {
  const day = floor((time + (OFFSET[region] ?? 0) * HOUR) / DAY) % 7;
  return day === 2 || day === 3 ? 0.6 : 1;
}

/** Slow irregular movement between 0 and 1: knots every three hours, smoothly joined. */
export function wander(seed: number, time: number): number {
  const position = time / (3 * HOUR);
  const knot = floor(position);
  const rest = position - knot;
  const ease = rest * rest * (3 - 2 * rest);
  return unit(mix(seed, 77), knot) * (1 - ease) + unit(mix(seed, 77), knot + 1) * ease;
}

function inJob(job: NonNullable<UsageProfile['weeklyJob']>, time: number): boolean {
  const weekday = (floor(time / DAY) + 4) % 7;
  const hour = (time % DAY) / HOUR;
  return weekday === job.weekday && hour >= job.hour && hour < job.hour + job.hours;
}
