import { describe, expect, it } from '@jest/globals';
import type { Envelope } from '@trimtab/kernel';
import type { Claim, DeadLetterRows, Inbox, Outbox, Transactions } from '../../src/index.js';
import { codeOf } from '../fixtures.js';

export interface WorkerUnderTest {
  readonly inbox: Inbox;
  readonly outbox: Outbox;
  readonly letters: DeadLetterRows;
  readonly transactions: Transactions;
}

const envelope = (id: string, subject: string): Envelope => ({
  specversion: '1.0',
  id,
  source: 'trimtab/discovery',
  type: 'task.completed.v1',
  subject,
  time: '2026-01-01T00:00:00Z',
  data: { id },
});
const message = (id: string, subject: string) => ({
  subject: 'trimtab.res.1.run',
  envelope: envelope(id, subject),
});

/** What inbox, outbox and dead letters promise, whatever they are made of. */
export function workerContract(name: string, make: () => Promise<WorkerUnderTest>): void {
  describe(`the worker contract: ${name}`, () => {
    it('gives each delivery a claim of its own and refuses the stale one', async () => {
      const { inbox, transactions } = await make();
      const first = await inbox.claim('c-1');
      const second = await inbox.claim('c-1');
      expect([first.completed, second.completed]).toEqual([false, false]);
      expect(second.claim).toBeGreaterThan(first.claim);
      const complete = ({ claim }: Claim) =>
        transactions.run((tx) => inbox.complete(tx, 'c-1', claim, { by: claim }));
      expect(await codeOf(inbox.verify('c-1', first.claim))).toBe('task.superseded');
      expect(await codeOf(complete(first))).toBe('task.superseded');
      expect(await codeOf(inbox.verify('c-1', second.claim))).toBe('no error');
      await complete(second);
      expect(await codeOf(complete(second))).toBe('task.superseded');
      expect(await codeOf(inbox.verify('c-1', second.claim))).toBe('task.superseded');
      expect(await inbox.claim('c-1')).toMatchObject({ completed: true, result: { by: second.claim } });
      expect(await inbox.current('c-2')).toBeUndefined();
    });

    it('takes the result of a claim that was lost with the database, and lets it have no effect', async () => {
      const { inbox, transactions } = await make();
      expect(await codeOf(inbox.verify('lost', 7))).toBe('task.superseded');
      const complete = (claim: number) =>
        codeOf(transactions.run((tx) => inbox.complete(tx, 'lost', claim, claim)));
      expect([await complete(7), await complete(8)]).toEqual(['no error', 'task.superseded']);
      expect(await inbox.claim('lost')).toMatchObject({ completed: true, result: 7 });
    });

    it('numbers messages per source and subject without gaps, rollbacks included', async () => {
      const { outbox, transactions } = await make();
      await transactions.run((tx) =>
        outbox.add(tx, [message('a', 'x'), message('b', 'y'), message('c', 'x')]),
      );
      const failing = transactions.run(async (tx) => {
        await outbox.add(tx, [message('lost', 'x')]);
        throw new Error('no');
      });
      await expect(failing).rejects.toThrow('no');
      await transactions.run((tx) => outbox.add(tx, [message('d', 'x')]));
      const unsent = await outbox.unsent(10);
      expect(unsent.map((m) => [m.envelope.id, m.envelope.sequence])).toEqual([
        ['a', '1'],
        ['b', '1'],
        ['c', '2'],
        ['d', '3'],
      ]);
    });

    it('counts sends and forgets what was sent', async () => {
      const { outbox, transactions } = await make();
      const added = await transactions.run((tx) => outbox.add(tx, [message('a', 'x'), message('b', 'x')]));
      const [a, b] = added.map((m) => m.position) as [string, string];
      await outbox.markTried([a]);
      expect((await outbox.unsent(10)).map((m) => m.sends)).toEqual([1, 0]);
      await outbox.markSent([a]);
      expect((await outbox.unsent(10)).map((m) => m.position)).toEqual([b]);
      expect(await outbox.prune(0)).toBe(1);
      expect(await outbox.unsent(10)).toHaveLength(1);
    });

    it('stores result and messages together or not at all', async () => {
      const { inbox, outbox, transactions } = await make();
      const { claim } = await inbox.claim('c');
      const work = transactions.run(async (tx) => {
        await outbox.add(tx, [message('a', 'x')]);
        await inbox.complete(tx, 'c', claim, 'done');
        throw new Error('crash before the commit');
      });
      await expect(work).rejects.toThrow('crash');
      expect(await inbox.current('c')).toEqual({ claim, completed: false });
      expect(await outbox.unsent(10)).toEqual([]);
    });

    it('lets exactly one of many works with one claim complete', async () => {
      const { inbox, transactions } = await make();
      const { claim } = await inbox.claim('c');
      const codes = await Promise.all(
        Array.from({ length: 10 }, () => codeOf(transactions.run((tx) => inbox.complete(tx, 'c', claim, 1)))),
      );
      expect(codes.filter((code) => code === 'no error')).toHaveLength(1);
    });

    it('keeps dead letters with their bytes, resolves each once and opens it again when the replay fails', async () => {
      const { letters } = await make();
      const body = Uint8Array.from([0, 255, 10, 34]);
      const letter = {
        id: 'm-1',
        service: 'discovery',
        reason: 'undecodable',
        subject: 's',
        headers: { a: 'b' },
        body,
      };
      await letters.insert({ ...letter, error: { code: 'x' } });
      await letters.insert(letter);
      await letters.insert({ ...letter, id: 'm-2', service: 'analysis' });
      expect(await letters.list()).toHaveLength(2);
      const found = await letters.get('m-1');
      expect(found).toMatchObject({ status: 'open', headers: { a: 'b' }, error: { code: 'x' }, replays: 0 });
      expect([...(found?.body ?? [])]).toEqual([0, 255, 10, 34]);
      await letters.markReplayed('m-1', 'fixed');
      expect(await codeOf(letters.discard('m-1'))).toBe('dead-letter.not-open');
      expect(await letters.list({ status: 'open' })).toMatchObject([{ id: 'm-2' }]);
      await letters.insert(letter);
      expect(await letters.get('m-1')).toMatchObject({ status: 'open', replays: 1 });
      await letters.discard('m-1');
      await letters.insert(letter);
      expect(await letters.get('m-1')).toMatchObject({ status: 'discarded' });
      expect(await letters.list({ service: 'analysis' })).toHaveLength(1);
      expect(await codeOf(letters.markReplayed('unknown'))).toBe('dead-letter.not-open');
    });
  });
}
