import { MemoryBudgetLedger } from '../src/outbound/budget-ledger.memory.js';
import { budgetLedgerContract } from './budget-ledger.contract.js';

budgetLedgerContract('MemoryBudgetLedger', () =>
  Promise.resolve({
    ledger: new MemoryBudgetLedger(),
    commit: (work) => work({ query: () => Promise.resolve({ rows: [] }) }),
  }),
);
