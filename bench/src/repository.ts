import { join, resolve } from 'node:path';

/** A path of the repository, whether this file runs from `src` or from `dist`. */
export const inRepository = (...parts: string[]): string =>
  join(resolve(import.meta.dirname, '../..'), ...parts);
