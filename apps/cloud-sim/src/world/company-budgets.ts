import type { World } from './world.js';

const MONTH_DAYS = 30;
/** How far above its usual spend an account without trouble is allowed to go. */
const ROOM = 1.5;

/** A two-level budget as finance wrote it: the company, and a limit for each account. */
export interface CompanyBudget {
  readonly name: string;
  readonly currency: 'USD';
  /** Decimal text. */
  readonly monthlyLimit: string;
  readonly children: readonly {
    readonly name: string;
    readonly monthlyLimit: string;
    readonly match: { readonly accountIds: readonly string[] };
  }[];
}

/** Budgets of the company: public knowledge, unlike the planted truth about which of them will not hold. */
export function companyBudgets(world: World): CompanyBudget[] {
  const { budget } = world.truth;
  const usual = (accountId: string): number => {
    const days = [...new Set(world.costs.map((row) => row.day))].slice(-MONTH_DAYS);
    const rows = world.costs.filter((row) => row.accountId === accountId && row.day >= (days[0] ?? ''));
    return rows.reduce((sum, row) => sum + Number(row.amortizedCost), 0);
  };
  const children = world.accounts.map(({ id, name }) => {
    const own = budget.accountId === id;
    const monthlyLimit = own ? budget.monthlyLimitUsd : String(Math.ceil((usual(id) * ROOM) / 1000) * 1000);
    return { name: own ? budget.name : name, monthlyLimit, match: { accountIds: [id] } };
  });
  const total = world.accounts.reduce((sum, { id }) => sum + usual(id), 0);
  return [
    {
      name: 'company',
      currency: 'USD',
      monthlyLimit: String(Math.ceil((total * ROOM) / 1000) * 1000),
      children,
    },
  ];
}
