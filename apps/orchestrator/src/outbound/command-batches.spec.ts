import { describe, expect, it } from '@jest/globals';
import { CommandBatches } from './command-batches.js';
import type { CommandPort } from './command-batches.js';

const SUBJECT = 'trimtab.cmd.test.default.work';
const port: CommandPort = {
  publish: () => Promise.resolve({ seq: 1 }),
  publishBatch: () => Promise.resolve({ seq: 1 }),
};

describe('workers behind a subject', () => {
  it('only compute while each that answered in the last ten seconds said so, and takes batches', () => {
    let now = 0;
    const batches = new CommandBatches(port, () => now);
    const computes = (): boolean => batches.computes(SUBJECT);
    const seen = [computes()];
    batches.heard(SUBJECT, { worker: 'a', takes: 4, computed: true });
    seen.push(computes());
    batches.heard(SUBJECT, { worker: 'b', takes: 4 });
    seen.push(computes());
    now = 5_000;
    batches.heard(SUBJECT, { worker: 'a', takes: 4, computed: true });
    now = 10_000;
    seen.push(computes());
    now = 15_000;
    seen.push(computes());
    batches.heard(SUBJECT, { worker: 'c', takes: undefined, computed: true });
    seen.push(computes());
    expect(seen).toEqual([false, true, false, true, false, false]);
  });
});
