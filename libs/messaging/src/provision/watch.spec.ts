import { describe, expect, it } from '@jest/globals';
import { silent } from '../connection/logger.port.js';
import { eventually } from '../testing.js';
import { watch } from './watch.js';

/** Comparisons that end when the spec says so. */
function comparing() {
  const ends: (() => void)[] = [];
  const started = watch(() => new Promise((done) => ends.push(() => done([]))), silent, { everyMs: 60_000 });
  return { started, ends };
}

describe('a watch of streams and consumers', () => {
  it('compares anew on a new connection, whatever became of the questions on the old one', async () => {
    const { started, ends } = comparing();
    started.check();
    started.reconnected();
    expect(ends).toHaveLength(2);
    for (const end of ends) end();
    await started.stop();
  });

  it('compares once more after the comparison that is under way, however often it is asked to', async () => {
    const { started, ends } = comparing();
    started.check();
    started.check();
    started.check();
    expect(ends).toHaveLength(1);
    ends[0]?.();
    await eventually(() => ends.length === 2);
    ends[1]?.();
    await started.stop();
    started.check();
    started.reconnected();
    expect(ends).toHaveLength(2);
  });
});
