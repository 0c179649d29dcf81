import { writeFile } from 'node:fs/promises';
import type { World } from './world.js';

/** Writes what was planted as JSON, for tests that score what was found. Overwrites `file`. */
export async function writeTruth(world: World, file: string): Promise<void> {
  const { seed, now, truth } = world;
  await writeFile(file, `${JSON.stringify({ seed, now: new Date(now).toISOString(), ...truth }, null, 2)}\n`);
}
