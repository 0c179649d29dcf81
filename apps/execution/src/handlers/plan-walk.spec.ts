import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { crash, lost, setUp, untilItAnswers } from '../../test/bench.js';
import { arrange, examples } from '../../test/examples.js';
import { Breadth, sideBySide } from './breadth.js';

describe('a plan whose actions are carried out side by side', () => {
  it('ends as it does one after the other', async () => {
    const [narrow, wide] = [setUp(), setUp(new Breadth(2, 5))];
    const one = await narrow.workshop.run('run', 'live', arrange(narrow.world));
    const all = await wide.workshop.run('run', 'live', arrange(wide.world));
    expect(all.map(({ actionId, status, rollback }) => ({ actionId, status, rollback }))).toEqual(
      one.map(({ actionId, status, rollback }) => ({ actionId, status, rollback })),
    );
    expect(wide.sent().sort()).toEqual(narrow.sent().sort());
  });

  it('never sends an effect twice, wherever the worker stops and whichever answers are lost', async () => {
    const operations = examples.flatMap((one) => one.operations);
    await fc.assert(
      fc.asyncProperty(
        fc.array(
          fc.record({ operation: fc.constantFrom(...operations), what: fc.constantFrom(crash, lost) }),
          {
            maxLength: 3,
          },
        ),
        fc.option(fc.nat(40), { nil: undefined }),
        async (faults, stopAfterSave) => {
          const { workshop, world, journal, sent } = setUp(new Breadth(2, 4));
          const planned = await workshop.plan('run', 'live', arrange(world));
          for (const { operation, what } of faults) world.fail(operation, what, 'after');
          let saves = 0;
          journal.saved = () => {
            if (saves++ === stopAfterSave) throw crash;
          };
          const outcome = await untilItAnswers(() => workshop.execute('run', planned));
          expect(outcome.output.byStatus).toEqual({ verified: examples.length });
          expect(sent().sort()).toEqual([...operations].sort());
        },
      ),
      { numRuns: 10 },
    );
  });

  it('lets nothing begin after a failed verification, and what is under way come to its end', async () => {
    const { workshop, world, scope } = setUp(new Breadth(1, 2));
    const findings = arrange(world, examples.slice(0, 4));
    Object.defineProperty(scope.instances, 'set', { value: () => scope.instances });
    const results = await workshop.run('run', 'live', findings);
    expect(results.map((one) => one.status)).toEqual([
      'verification-failed',
      'verification-failed',
      'skipped',
      'skipped',
    ]);
  });
});

describe('work side by side', () => {
  it('is never more than allowed at once, and begins in order', async () => {
    const begun: number[] = [];
    let [now, most] = [0, 0];
    await sideBySide([0, 1, 2, 3, 4, 5, 6], 3, async (item) => {
      begun.push(item);
      most = Math.max(most, (now += 1));
      await new Promise((resolve) => setImmediate(resolve));
      now -= 1;
    });
    expect(begun).toEqual([0, 1, 2, 3, 4, 5, 6]);
    expect(most).toBe(3);
  });

  it('ends with the first failure when all that began has ended', async () => {
    const ended: number[] = [];
    const work = async (item: number): Promise<void> => {
      if (item === 1) throw new Error('the second');
      await new Promise((resolve) => setImmediate(resolve));
      ended.push(item);
    };
    await expect(sideBySide([0, 1, 2, 3], 2, work)).rejects.toThrow('the second');
    expect(ended).toEqual([0]);
  });
});
