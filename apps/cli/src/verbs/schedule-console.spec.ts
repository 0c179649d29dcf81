import { describe, expect, it } from '@jest/globals';
import { wordsOf } from './schedule-console.js';

describe('lines of the console', () => {
  it('are words, and quotes keep one together', () => {
    expect(wordsOf(`  add nightly --cron "0 6 * * *" --reason 'it is "late"' `)).toEqual([
      'add',
      'nightly',
      '--cron',
      '0 6 * * *',
      '--reason',
      'it is "late"',
    ]);
    expect(wordsOf('')).toEqual([]);
  });
});
