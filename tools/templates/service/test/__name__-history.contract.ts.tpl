import { describe, expect, it } from '@jest/globals';
import type { Sql } from '@trimtab/event-store';
import type { {{Name}}History } from '../src/domain/{{name}}-history.js';

export interface OpenHistory {
  readonly history: {{Name}}History;
  /** Runs in one transaction that commits. */
  readonly commit: (work: (tx: Sql) => Promise<void>) => Promise<void>;
}

/** What every adapter of the port promises. */
export function {{name}}HistoryContract(name: string, open: () => Promise<OpenHistory>): void {
  describe(name, () => {
    it('knows what was recorded and nothing else', async () => {
      const { history, commit } = await open();
      await commit((tx) => history.record(tx, 'run-1', ['a', 'b']));
      expect(await history.known(['a', 'b', 'c'])).toEqual(new Set(['a', 'b']));
    });

    it('takes the same subject twice', async () => {
      const { history, commit } = await open();
      await commit((tx) => history.record(tx, 'run-1', ['a']));
      await commit((tx) => history.record(tx, 'run-2', ['a']));
      expect(await history.known(['a'])).toEqual(new Set(['a']));
    });
  });
}
