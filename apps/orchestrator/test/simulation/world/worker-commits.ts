import type { Completion, Inbox, Outbox, Transactions } from '@trimtab/event-store';

/** Claims and completions as transactions of their own: how many share one makes no difference to what may go wrong. */
export const inTransactions = (transactions: Transactions, inbox: Inbox, outbox: Outbox) => ({
  claims: { claim: (command: string) => transactions.run((tx) => inbox.claim(command, tx)) },
  completions: {
    complete: ({ commandId, claim, result, messages }: Completion) =>
      transactions.run(async (tx) => {
        await inbox.complete(tx, commandId, claim, result);
        return outbox.add(tx, messages);
      }),
  },
});
